import { createHash } from "node:crypto";
import { DataError, readBytes } from "./dataset.ts";

/** The 27 emotions and neutral of Demszky et al., GoEmotions, ACL 2020 (Apache-2.0). */
export const GO_LABEL_COUNT = 28;

export interface GoExample {
  readonly text: string;
  /** Indices into GoEmotions' labels.txt, at least one. */
  readonly labels: readonly number[];
}

/** The authors' train and dev parts train the teacher; their test part is used by the evaluation. */
export const GO_TRAINING = ["train.tsv", "dev.tsv"] as const;
export const GO_TEST = ["test.tsv"] as const;

/** Reads the named parts; the hash is of their bytes in that order. */
export function readGoEmotions(
  folder: string,
  parts: readonly string[],
): { examples: GoExample[]; sha256: string } {
  const hash = createHash("sha256");
  const examples: GoExample[] = [];
  for (const name of parts) {
    const path = `${folder}/${name}`;
    const bytes = readBytes(path, "GOEMOTIONS");
    hash.update(bytes);
    const lines = new TextDecoder().decode(bytes).split("\n");
    for (const [index, line] of lines.entries()) {
      if (line === "") continue;
      examples.push(parseLine(line, path, index + 1));
    }
  }
  return { examples, sha256: hash.digest("hex") };
}

function parseLine(line: string, path: string, number: number): GoExample {
  const [text, ids] = line.replace(/\r$/, "").split("\t");
  const labels = (ids ?? "").split(",").map(Number);
  if (text === undefined || labels.some((id) => !Number.isInteger(id) || id < 0 || id >= GO_LABEL_COUNT)) {
    throw new DataError(path, number, "expected text, label ids and an id between tabs");
  }
  // the authors masked names; in tweets people are mentioned by handle
  return { text: text.replaceAll("[NAME]", "@name"), labels };
}
