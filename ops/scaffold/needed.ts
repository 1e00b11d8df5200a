// The files that remaining workers import.
import { dirname, join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { exists, read } from "./plan.ts";
import { workerFiles } from "./templates.ts";

// With this option Bun keeps imports that are used as types only.
const scanner = new Bun.Transpiler({
  loader: "ts",
  tsconfig: JSON.stringify({ compilerOptions: { verbatimModuleSyntax: true } }),
});

/** The project's files that a source imports, for their types too. */
function importsOf(path: string): string[] {
  const text = read(path).replace(/^(import|export) type (?=[{*])/gm, "$1 ");
  return scanner
    .scanImports(text)
    .filter(({ path: imported }) => imported.startsWith("."))
    .map(({ path: imported }) => join(dirname(path), imported));
}

const isSource = (path: string) => /\.[tj]s$/.test(path) && exists(path);

/** A worker's own sources and all they import, directly or not. */
function filesOf(name: string): Set<string> {
  const own = workerFiles(name).map(({ path }) => path);
  const found = new Set(own.filter(isSource));
  for (const path of found) // also visits what is added meanwhile
    if (isSource(path)) for (const imported of importsOf(path)) found.add(imported);
  return found;
}

/** @throws UserError when one of the `remaining` workers imports from the `removed` files and folders. */
export function refuseNeeded(removed: readonly string[], remaining: readonly string[]): void {
  for (const name of remaining) {
    const files = [...filesOf(name)];
    const needed = removed.filter((path) =>
      files.some((file) => file === path || file.startsWith(`${path}/`)),
    );
    if (needed.length > 0) throw new UserError(`${name} needs ${needed.join(", ")}: remove it first`);
  }
}
