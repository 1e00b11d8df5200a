import { readFileSync } from "node:fs";
import { NEGATOR } from "../inference/lexicon.ts";
import { Tokenizer } from "../inference/tokenizer.ts";

const NEGATORS =
  "not no never none nobody nothing nor neither cannot without hardly barely aint arent cant couldnt didnt " +
  "doesnt dont hadnt hasnt havent isnt mustnt neednt shouldnt wasnt werent wont wouldnt non";

export interface Entries {
  readonly keys: Int32Array;
  readonly scores: Int8Array;
}

/**
 * One of the package's word lists, read as a file: the package modifies its lists when it is loaded, and
 * importing them as a module would make them read-only for the package.
 */
function wordList(file: string): Record<string, number> {
  return JSON.parse(readFileSync(Bun.resolveSync(`sentiment/${file}`, import.meta.dir), "utf8"));
}

/** `sentiment`'s lists as token hashes, through the tokenizer of inference, without phrases. */
export function lexiconEntries(): Entries {
  const scores = new Map<number, number>();
  const tokens = new Tokenizer();
  const add = (word: string, score: number): void => {
    tokens.scan(word);
    if (tokens.count === 1 && score !== 0) scores.set(tokens.hash[0]!, score);
  };
  const listed = { ...wordList("build/emoji.json"), ...wordList("languages/en/labels.json") };
  for (const [word, score] of Object.entries(listed)) add(word, score);
  for (const word of NEGATORS.split(" ")) add(word, NEGATOR);
  const sorted = [...scores].sort((a, b) => a[0] - b[0]);
  return { keys: Int32Array.from(sorted, ([key]) => key), scores: Int8Array.from(sorted, ([, s]) => s) };
}
