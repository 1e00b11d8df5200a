import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, workers } from "../lib/compose.ts";
import { UserError } from "../lib/fail.ts";
import { RUN_DIR } from "./paths.ts";

const BUNDLES = join(RUN_DIR, "workers");
const OWN_BUN = join(RUN_DIR, `bin/bun-${Bun.version}`);

/** Where the bundles of a version lie; a worker that is restarted after a crash starts what it was. */
export function bundleDir(version: string): string {
  return join(BUNDLES, version);
}

/**
 * Bundles every worker into one file each, outside the project: its source may change under a running replica,
 * and the account it runs as may not enter the project's folder. @throws UserError with the first build error.
 */
export async function bundleWorkers(version: string): Promise<void> {
  const outdir = bundleDir(version);
  if (existsSync(outdir)) return;
  const result = await Bun.build({
    entrypoints: workers().map(({ name }) => join(ROOT, "workers", `${name}.ts`)),
    target: "bun",
    outdir: `${outdir}.new`,
    minify: { whitespace: true, syntax: true },
    sourcemap: "linked",
    naming: { entry: "[name].js", asset: "[name]-[hash].[ext]" },
    throw: false,
  });
  const [error] = result.logs.filter(({ level }) => level === "error");
  if (!result.success) throw new UserError(`the workers do not build: ${error?.message ?? "see bun build"}`);
  Bun.spawnSync(["mv", `${outdir}.new`, outdir]);
}

/** Removes the bundles of versions that no longer run. */
export function forgetBundles(current: string): void {
  if (!existsSync(BUNDLES)) return;
  for (const version of readdirSync(BUNDLES)) {
    if (version !== current) rmSync(join(BUNDLES, version), { recursive: true, force: true });
  }
}

/** Bun where every account can start it: a hard link where that can be, otherwise a copy. */
export function sharedBun(): string {
  if (existsSync(OWN_BUN)) return OWN_BUN;
  mkdirSync(dirname(OWN_BUN), { recursive: true });
  try {
    linkSync(process.execPath, OWN_BUN);
  } catch {
    copyFileSync(process.execPath, OWN_BUN);
  }
  return OWN_BUN;
}
