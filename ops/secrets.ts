// make secret NAME=API_KEY: writes a worker's secret to the file that compose.yaml names.
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { randomPassword, readText, wantsGenerated } from "./host/prompt.ts";
import { UserError } from "./settings/fail.ts";
import { compose, ROOT, workers } from "./settings/project.ts";
import { SECRET_NAME } from "./settings/worker-fields.ts";

const FOLDER = join(ROOT, "secrets");

/** Not through a link, which is put there after it was refused. */
const NO_LINK = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** @throws UserError when a path is a link, which could lead to a file of another program, or no file. */
function refuseOthers(file: string): void {
  const shown = relative(ROOT, file);
  const found = lstatSync(file, { throwIfNoEntry: false });
  const linked = [dirname(file), file].find(
    (path) => path.startsWith(FOLDER) && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink(),
  );
  if (linked || found?.isSymbolicLink()) {
    const link = relative(ROOT, linked ?? file);
    throw new UserError(`${link} is a link; remove it first: rm ${link}`);
  }
  if (found?.isDirectory())
    throw new UserError(`${shown} is a folder, which Docker makes for a missing file: rmdir ${shown}`);
  if (found && !found.isFile())
    throw new UserError(`${shown} is no regular file; remove it first: rm ${shown}`);
}

/** A secret is text: other bytes would be changed, or cut off by programs that end a text at a NUL. */
function refuseBinary(text: string, name: string): void {
  if (/[\0\uFFFD]/.test(text))
    throw new UserError(
      `the text holds a NUL byte or is not UTF-8; encode it: base64 -w0 FILE | make secret NAME=${name}`,
    );
}

/**
 * Rewrites in place: a container keeps the file it was started with. Compose keeps the file's mode, and containers run as
 * other users: in a closed folder the file is readable for all, elsewhere for its owner alone.
 */
function write(file: string, text: string): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (folder === FOLDER) chmodSync(folder, 0o700);
  const closed = (statSync(folder).mode & 0o077) === 0;
  const mode = closed ? 0o644 : 0o600;
  const known = existsSync(file);
  if (known && closed) chmodSync(file, mode);
  const opened = openSync(file, NO_LINK, mode);
  try {
    writeFileSync(opened, text);
  } finally {
    closeSync(opened);
  }
  if (!known) chmodSync(file, mode); // whatever the umask
}

/** The effect of a change, by the workers that read the secret. */
function effect(users: readonly string[], existed: boolean): string {
  if (users.length === 0) return "no worker reads it: list it in the worker's secrets in compose.yaml";
  return existed ? "make deploy applies it" : `make start-project starts ${users.join(" and ")}`;
}

export async function writeSecret(): Promise<void> {
  const name = process.env["NAME"] ?? "";
  if (!SECRET_NAME.test(name)) throw new UserError("set NAME=… to a secret's name, such as API_KEY");
  const file = resolve(ROOT, compose.secrets?.[name]?.file ?? join(FOLDER, name));
  const shown = relative(ROOT, file);
  refuseOthers(file);
  const users = workers().filter(({ secrets }) => secrets.some((secret) => secret.name === name));
  const text = wantsGenerated() ? randomPassword() : await readText(`${name}: `);
  refuseBinary(text, name);
  // Also without a folder that this user may enter: the write then says why.
  const before = existsSync(file) ? readFileSync(file, "utf8").replace(/\n$/, "") : "";
  if (before === text) {
    console.log(`${shown} is unchanged`);
    return;
  }
  try {
    write(file, text);
  } catch (error) {
    throw new UserError(`${shown} was not written: ${(error as Error).message}`);
  }
  const names = users.map((worker) => worker.name);
  console.log(`${shown} ${before ? "changed" : "written"}: ${effect(names, before !== "")}`);
}
