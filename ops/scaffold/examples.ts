// workers/examples.yaml: what came with the project to show it, and leaves with the last worker of its example.
import { isMap, isNode, isScalar, parseDocument } from "yaml";
import { type Change, exists, read } from "./plan.ts";

const FILE = "workers/examples.yaml";

interface Example {
  workers?: string[];
  files?: string[];
}

/** What leaves with `name`, when no other worker of its example is among `remaining`. */
export function leavesWith(name: string, remaining: readonly string[]): Change[] {
  if (!exists(FILE)) return [];
  const examples = (parseDocument(read(FILE)).toJS() ?? {}) as Record<string, Example>;
  const gone = Object.entries(examples).filter(
    ([, { workers = [] }]) =>
      workers.includes(name) && !workers.some((other) => other !== name && remaining.includes(other)),
  );
  if (gone.length === 0) return [];
  const files = gone.flatMap(([example, { files = [] }]) =>
    files.filter(exists).map((path) => ({ path, why: `of the example ${example}` })),
  );
  const names = gone.map(([example]) => example);
  const left = Object.keys(examples).length > gone.length;
  return [...files, left ? { path: FILE, text: without(read(FILE), names) } : { path: FILE }];
}

/** The file without the lines of these examples. */
function without(text: string, names: readonly string[]): string {
  let edited = text;
  const { contents } = parseDocument(text);
  for (const { key, value } of isMap(contents) ? contents.items.toReversed() : []) {
    if (!isScalar(key) || !key.range || !names.includes(String(key.value)) || !isNode(value)) continue;
    const start = text.lastIndexOf("\n", key.range[0]) + 1;
    const end = start + text.slice(start, value.range?.[1]).trimEnd().length;
    edited = edited.slice(0, start) + edited.slice(edited.indexOf("\n", end) + 1);
  }
  return edited;
}
