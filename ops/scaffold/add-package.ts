// make add PACKAGE='ibantools onnxruntime-node@1.30.0': adds npm packages, pinned, for the workers that import them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  addonProblem,
  carriedFiles,
  findPackage,
  hasAddon,
  type Package,
} from "../../workers/build/addons.ts";
import { exclusively, PROJECT } from "../host/lock.ts";
import { run } from "../host/run.ts";
import { main, UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";

/** Not with "-" at its beginning: Bun would read an option. */
const NAME = /^((?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~][\w.~-]*)(?:@[\w.+-]+)?$/;
const MB = 1_000_000;

/** The names of PACKAGE without their versions. @throws UserError */
function packageNames(wanted: string[]): string[] {
  if (wanted.length === 0) throw new UserError("name the package: make add PACKAGE=ibantools");
  return wanted.map((text) => {
    const [, name] = NAME.exec(text) ?? [];
    if (!name) throw new UserError(`PACKAGE: ${text} is not the name of an npm package (name or name@1.2.3)`);
    return name;
  });
}

/** The package of DefinitelyTyped: @types/name, @types/scope__name. */
const typesPackage = (name: string) => `@types/${name.replace(/^@([^/]+)\//, "$1__")}`;

/** The line to print for an added package. */
function added(found: Package): string {
  const { name } = found;
  const typed = found.files.some((file) => /\.d\.[cm]?ts$/.test(file));
  const types = typed ? "" : ` (no types: make add PACKAGE=${typesPackage(name)})`;
  const next = `import it in a worker, then run: make deploy${types}`;
  if (!hasAddon(found)) return `added ${name} ${found.version}; ${next}`;
  const reason = addonProblem(found);
  if (reason)
    throw new UserError(`${name} ${found.version} is added, but no worker can use it: it ${reason}`);
  const bytes = carriedFiles([found], ROOT).reduce((sum, { from }) => sum + Bun.file(from).size, 0);
  return `added ${name} ${found.version}, a native addon (${Math.ceil(bytes / MB)} MB beside the bundle); ${next}`;
}

/** Bun writes both before it has installed everything. @returns what puts them back. */
function remembered(): () => void {
  const files = ["package.json", "bun.lock"].map((name) => join(ROOT, name));
  const texts = files.map((file) => readFileSync(file));
  return () => {
    for (const [i, file] of files.entries()) writeFileSync(file, texts[i] ?? "");
  };
}

function addPackages(): void {
  const wanted = (process.env["PACKAGE"] ?? "").split(/\s+/).filter(Boolean);
  const names = packageNames(wanted);
  const putBack = remembered();
  const { ok, stderr } = run([process.execPath, "add", "--exact", ...wanted]);
  const error = stderr.split("\n").find((line) => line.startsWith("error: "));
  const found = ok ? names.flatMap((name) => findPackage(name, ROOT) ?? []) : [];
  if (found.length < names.length) {
    putBack();
    throw new UserError(
      `bun add: ${(error ?? (stderr || "no package of that name was installed")).replace(/^error: /, "")}; nothing was added`,
    );
  }
  for (const each of found) console.log(added(each));
}

await main(() => exclusively(PROJECT, addPackages));
