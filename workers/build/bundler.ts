// What every build of a worker has in common.
import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import type { BunPlugin } from "bun";
import { findPackage, hasAddon, type Package } from "./addons.ts";

/** An error of a worker's source or packages, in one line. */
export class BuildError extends Error {}

/** The first error of a build, as `file:line:column: message`. */
export function buildError(logs: Bun.BuildOutput["logs"], root: string): string {
  const error = logs.find(({ level }) => level === "error");
  if (!error) return "see bun build";
  const { file, line, column } = error.position ?? {};
  return file ? `${relative(root, file)}:${line}:${column}: ${error.message}` : error.message;
}

/** The package of an import: @scope/name/file -> @scope/name. */
export const packageName = (path: string) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path;

/** Keeps the packages with addons that a worker imports out of its bundle, and collects them. */
export function keepAddonsOut(found: Map<string, Package>): BunPlugin {
  return {
    name: "addons",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        if (isBuiltin(path) || importer.includes("/node_modules/")) return undefined;
        const name = packageName(path);
        const target = findPackage(name, dirname(importer));
        if (!target || !hasAddon(target)) return undefined;
        found.set(name, target);
        return { path, external: true };
      });
    },
  };
}

/**
 * Of every build of a worker. Without the definition, NODE_ENV of the machine that builds would be part of the code, and
 * packages would be in their development form.
 */
export const OPTIONS = {
  target: "bun",
  minify: { whitespace: true, syntax: true },
  define: { "process.env.NODE_ENV": '"production"' },
  naming: { entry: "[name].js", asset: "[name]-[hash].[ext]" },
  throw: false,
} as const;

export const entrypoint = (root: string, name: string) => join(root, "workers", `${name}.ts`);

/** @throws BuildError */
export async function build(root: string, options: Bun.BuildConfig): Promise<Bun.BuildArtifact[]> {
  const { success, logs, outputs } = await Bun.build(options);
  if (!success) throw new BuildError(`the workers do not build: ${buildError(logs, root)}`);
  return outputs;
}
