// Parses a rendered nginx configuration with its includes, to find which location leads where.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export interface Directive {
  name: string;
  args: string[];
  block: Directive[];
}

const TOKEN = /\s+|#.*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([{};])|((?:\\.|\$\{\w+\}|[^\s{};"'])+)/g;

function* tokens(text: string): Generator<{ word?: string; mark?: string }> {
  for (const match of text.matchAll(TOKEN)) {
    const [, double, single, mark, bare] = match;
    const word = double ?? single ?? bare;
    if (mark) yield { mark };
    else if (word !== undefined) yield { word };
  }
}

function included(pattern: string, root: string): string[] {
  if (!pattern.includes("*")) return [resolve(root, pattern)];
  const folder = join(root, dirname(pattern));
  return readdirSync(folder)
    .filter((file) => file.endsWith(".conf"))
    .sort()
    .map((file) => join(folder, file));
}

/** The directives of a file; includes, relative to `root`, are expanded in place. */
export function parse(path: string, root = dirname(path)): Directive[] {
  const top: Directive[] = [];
  const open = [top];
  let words: string[] = [];
  for (const { word, mark } of tokens(readFileSync(path, "utf8"))) {
    if (word !== undefined) words.push(word);
    if (!mark) continue;
    const here = open.at(-1) ?? top;
    const [name = "", ...args] = words;
    words = [];
    if (mark === "}") open.pop();
    else if (name === "include")
      here.push(...included(args[0] ?? "", root).flatMap((file) => parse(file, root)));
    else {
      const directive: Directive = { name, args, block: [] };
      here.push(directive);
      if (mark === "{") open.push(directive.block);
    }
  }
  return top;
}

/** Directives of that name in a block and its "if" blocks. */
export function all(block: readonly Directive[], name: string): Directive[] {
  return block.flatMap((directive) => [
    ...(directive.name === name ? [directive] : []),
    ...(directive.name === "if" ? all(directive.block, name) : []),
  ]);
}

/** The last argument of each: the target of error_page, try_files, auth_request and proxy_pass. */
export function targets(block: readonly Directive[], name: string): string[] {
  return all(block, name).map(({ args }) => args.at(-1) ?? "");
}

/** Internal redirects from this block: a location's name, a path, or "=404". */
export function leadsTo(block: readonly Directive[]): string[] {
  const rewritten = all(block, "rewrite").map(({ args }) => args[1] ?? "");
  return [...targets(block, "error_page"), ...targets(block, "try_files"), ...rewritten];
}

export interface Location {
  /** "/readyz", "@problem" */
  name: string;
  block: Directive[];
  /** Internal or named: no client request enters it. */
  closed: boolean;
  /** The kind of upstream it proxies to, if any. */
  asks: "worker" | "verifier" | undefined;
}

export function locations(server: Directive): Location[] {
  return all(server.block, "location").map(({ args, block }) => {
    const name = args.at(-1) ?? "";
    const [upstream] = targets(block, "proxy_pass");
    const verifier = upstream !== undefined && /^http:\/\/(unix:|verifier-)/.test(upstream);
    return {
      name,
      block,
      closed: name.startsWith("@") || all(block, "internal").length > 0,
      asks: upstream === undefined ? undefined : verifier ? "verifier" : "worker",
    };
  });
}
