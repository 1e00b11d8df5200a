// workers/examples.yaml: what came with the project to show it, and leaves with the last worker of its example.
import { isMap, isNode, isScalar, parseDocument } from "yaml";
import { type Change, exists, read } from "./plan.ts";

const FILE = "workers/examples.yaml";

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

/** The workers of an example of this name, the default of their path last; undefined where there is none. */
export function workersOfExample(name: string): string[] | undefined {
  return readExamples()[name]?.workers?.toReversed();
}

/** What leaves with `name`, where `remaining` are the workers that stay. */
export function leavesWith(name: string, remaining: readonly string[]): Change[] {
  const examples = readExamples();
  const own = Object.entries(examples).filter(([, { workers = [] }]) => workers.includes(name));
  const gone = own.filter(([, { workers = [] }]) => !workers.some((other) => remaining.includes(other)));
  const files = own.flatMap(([example, { all = [], any = [] }]) => {
    const last = gone.some(([other]) => other === example);
    const paths = [...all, ...(last ? any : [])].filter(exists);
    const within = (path: string) => paths.some((folder) => path.startsWith(`${folder}/`));
    return paths.filter((path) => !within(path)).map((path) => ({ path, why: `of the example ${example}` }));
  });
  if (gone.length === 0) return files;
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
