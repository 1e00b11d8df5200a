// workers/examples.yaml: the files of the examples, which are removed with their workers.
import { isMap, isNode, isScalar, parseDocument } from "yaml";
import { type Change, exists, read } from "./plan.ts";

export const FILE = "workers/examples.yaml";

interface Example {
  workers?: string[];
  /** Files that need every worker of the example. */
  all?: string[];
  /** Files that need one of them. */
  any?: string[];
}

function readExamples(): Record<string, Example> {
  return exists(FILE) ? ((parseDocument(read(FILE)).toJS() ?? {}) as Record<string, Example>) : {};
}

/** The workers of an example of this name; undefined where there is none. */
export function workersOfExample(name: string): string[] | undefined {
  const examples = readExamples();
  return Object.hasOwn(examples, name) ? (examples[name]?.workers ?? []) : undefined;
}

/** What leaves with the workers `names`, where `remaining` are those that stay. The list of the examples is last. */
export function leavesWith(names: readonly string[], remaining: readonly string[]): Change[] {
  const examples = readExamples();
  const own = Object.entries(examples).filter(([, { workers = [] }]) =>
    workers.some((name) => names.includes(name)),
  );
  const gone = own.filter(([, { workers = [] }]) => !workers.some((name) => remaining.includes(name)));
  const files = own.flatMap(([example, { all = [], any = [] }]) => {
    const last = gone.some(([other]) => other === example);
    const paths = [...all, ...(last ? any : [])].filter(exists);
    const within = (path: string) => paths.some((folder) => path.startsWith(`${folder}/`));
    return paths.filter((path) => !within(path)).map((path) => ({ path, why: `of the example ${example}` }));
  });
  if (gone.length === 0) return files;
  const left = Object.keys(examples).length > gone.length;
  const text = without(
    read(FILE),
    gone.map(([example]) => example),
  );
  return [...files, left ? { path: FILE, text } : { path: FILE }];
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
