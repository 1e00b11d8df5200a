// bun workers/build/image.ts NAME FOLDER: the files of a worker's image, in workers/Dockerfile. Without addons that is one
// compiled binary. A compiled binary finds no packages beside it, so a worker with addons is its bundle, Bun and packages.
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { carriedFiles, carry, copyReadable } from "./addons.ts";
import { BuildError, type Bundle, bundle } from "./build.ts";
import { compile } from "./compile.ts";
import { codeOf } from "./version.ts";

const ROOT = resolve(import.meta.dir, "../..");

/** The bundle as /worker, which the kernel starts with /bin/bun; assets and packages beside it. */
function assemble({ source, files, addons }: Bundle, built: string, image: string): void {
  for (const file of files) copyReadable(join(built, file), join(image, file));
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
  const [worker] = (await bundle(ROOT, [name], built)) as [Bundle]; // one for each name
  if (worker.addons.length > 0) assemble(worker, built, image);
  // The version is that of the bundle. Equal code has equal assets: their names have a hash of their contents.
  else if ((await compile(ROOT, name, join(image, "worker"))) !== codeOf(worker.source))
    throw new BuildError(
      `workers/${name}.ts: two builds of it differ: a macro may not give another value each time`,
    );
  writeFileSync(join(image, "version"), worker.version); // the worker reads /version
  chmodSync(join(image, "version"), 0o444);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`error: ${error.message}`);
  process.exit(1);
}
