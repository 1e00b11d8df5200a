import { closure, type Package } from "./addons.ts";

/** What Bun writes after the code where it makes a source map. */
const LAST_LINES = /\n+(\/\/# (debugId|sourceMappingURL)=.*\n*)*$/;

/** The code of a build, without the lines that depend on its source map. */
export const codeOf = (output: string) => output.replace(LAST_LINES, "");

/** The code of a compiled binary, as that of a bundle: Bun adds only "bytecode" and where it keeps the assets. */
export const codeOfCompiled = (output: string) =>
  codeOf(output)
    .replace(/^\/\/ @bun @bytecode/, "// @bun")
    .replaceAll('"/$bunfs/root/', '"./');

/** A hash of what runs: the code, its assets by name, the packages carried beside it and Bun's version. */
export function versionOf(source: string, assets: Map<string, Uint8Array>, addons: Package[]): string {
  const seen = new Set<Package>();
  const carried = addons
    .flatMap((top) => closure(top, seen))
    .map(({ name, version }) => `${name}@${version}`);
  const hash = new Bun.CryptoHasher("sha256").update(
    [`bun@${Bun.version}`, ...new Set(carried)].sort().join("\n"),
  );
  const parts = new Map<string, Uint8Array>([["", Buffer.from(codeOf(source))], ...assets]);
  for (const [name, bytes] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`\0${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex").slice(0, 12);
}
