// make add PACKAGE='ibantools onnxruntime-node@1.30.0': adds npm packages, pinned, for the workers that import them.
import { addonProblem, carriedFiles, findPackage, hasAddon } from "../../workers/build/addons.ts";
import { exclusively, PROJECT } from "../host/lock.ts";
import { run } from "../host/run.ts";
import { main, UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";

const NAME = /^((?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*)(?:@[\w.+-]+)?$/;
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
function added(name: string): string {
  const found = findPackage(name, ROOT);
  if (!found) throw new UserError(`${name}: bun add did not install it`);
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

function addPackages(): void {
  const wanted = (process.env["PACKAGE"] ?? "").split(/\s+/).filter(Boolean);
  const names = packageNames(wanted);
  const { ok, stderr } = run([process.execPath, "add", "--exact", ...wanted]);
  const error = stderr.split("\n").find((line) => line.startsWith("error: "));
  if (!ok) throw new UserError(`bun add: ${(error ?? stderr).replace(/^error: /, "")}`);
  for (const name of names) console.log(added(name));
}

await main(() => exclusively(PROJECT, addPackages));
