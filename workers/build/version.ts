import type { BunPlugin, Loader } from "bun";
import { closure, type Package } from "./addons.ts";
import { build, entrypoint, keepAddonsOut, OPTIONS } from "./bundler.ts";

const SCRIPTS = new Set<Loader>(["js", "jsx", "ts", "tsx"]);

/** Makes legal comments of the project's own sources, which a bundle keeps, ordinary ones, which it does not. */
const WITHOUT_LEGAL_COMMENTS: BunPlugin = {
  name: "without-legal-comments",
  setup({ onLoad }) {
    onLoad({ filter: /^(?!.*\/node_modules\/).*\.[cm]?[jt]sx?$/ }, async ({ path, loader }) => {
      if (!SCRIPTS.has(loader)) return undefined; // imported as a file or a text
      const text = await Bun.file(path).text();
      return { contents: text.replace(/\/([/*])!/g, "/$1\u0001"), loader }; // another text in a string stays another one
    });
  },
};

/**
 * A hash of what a worker is made of: its code, its assets, the packages carried beside it and Bun's version. The code is
 * built again without what differs between equal workers: comments, source map, and the folders that packages are in.
 */
export async function versionOf(root: string, name: string, addons: Package[]): Promise<string> {
  const outputs = await build(root, {
    ...OPTIONS,
    entrypoints: [entrypoint(root, name)],
    define: { ...OPTIONS.define, __dirname: '""', __filename: '""' },
    plugins: [keepAddonsOut(new Map()), WITHOUT_LEGAL_COMMENTS],
  });
  const seen = new Set<Package>();
  const carried = addons.flatMap((top) => closure(top, seen)).map((each) => `${each.name}@${each.version}`);
  const hash = new Bun.CryptoHasher("sha256").update(
    [`bun@${Bun.version}`, ...new Set(carried)].sort().join("\n"),
  );
  for (const output of outputs.sort((a, b) => (a.path < b.path ? -1 : 1)))
    hash.update(`\0${output.path}\0${output.size}\0`).update(await output.arrayBuffer());
  return hash.digest("hex").slice(0, 12);
}
