import { writeFileSync } from "node:fs";
import { readTweets } from "../../../model/training/dataset.ts";

/** That many texts, from all parts of the data. */
export function sentences(data: string, number: number): string[] {
  const { examples } = readTweets(data);
  const step = Math.floor(examples.length / number);
  return examples
    .filter(({ text }, i) => i % step === 0 && text.trim() !== "")
    .slice(0, number)
    .map(({ text }) => text);
}

/** One request body a line. @returns the path. */
export function writeBodies(path: string, bodies: readonly object[]): string {
  writeFileSync(path, bodies.map((body) => `${JSON.stringify(body)}\n`).join(""));
  return path;
}
