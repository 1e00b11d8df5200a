// bun workers/build/image.ts NAME FOLDER: the files of a worker's image, in workers/Dockerfile. Without addons that is one
// compiled binary. A compiled binary finds no packages beside it, so a worker with addons is its bundle, Bun and packages.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { carriedFiles, carry, copyReadable } from "./addons.ts";
import { type Bundle, bundle } from "./build.ts";
import { BuildError, entrypoint } from "./bundler.ts";
import { compile } from "./compile.ts";

const ROOT = resolve(import.meta.dir, "../..");

/** The bundle as /worker, which the kernel starts with /bin/bun; assets and packages beside it. */
function assemble({ name, source, addons }: Bundle, built: string, image: string): void {
  for (const file of readdirSync(built)) {
    if (file !== `${name}.js`) copyReadable(join(built, file), join(image, file));
  }
  copyReadable(process.execPath, join(image, "bin/bun"));
  copyReadable(join(import.meta.dir, "healthcheck.ts"), join(image, "healthcheck.ts"));
  writeFileSync(join(image, "worker"), `#!/bin/bun --preload=/healthcheck.ts\n${source}`);
  chmodSync(join(image, "worker"), 0o755);
  carry(carriedFiles(addons, ROOT), image);
}

try {
  const [name = "", image = ""] = process.argv.slice(2);
  const built = mkdtempSync(join(tmpdir(), "bundle-"));
  mkdirSync(image, { recursive: true });
  const [worker] = (await bundle(ROOT, [name], built, "linked")) as [Bundle]; // one for each name
  if (worker.addons.length > 0) assemble(worker, built, image);
  else await compile(ROOT, entrypoint(ROOT, name), join(image, "worker"));
  writeFileSync(join(image, "version"), worker.version); // the worker reads /version
  chmodSync(join(image, "version"), 0o444);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`error: ${error.message}`);
  process.exit(1);
}
