import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { compose, ROOT } from "../settings/project.ts";
import { workerFiles } from "./templates.ts";

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_LENGTH = 40;
const ROUTES = join(ROOT, "gateway/templates/routes");

export function isName(name: string): boolean {
  return NAME.test(name) && name.length <= MAX_LENGTH;
}

/** The first segments of every path the gateway answers already. */
function takenPaths(): Set<string> {
  const texts = readdirSync(ROUTES).map((file) => readFileSync(join(ROUTES, file), "utf8"));
  const paths = texts.join("\n").matchAll(/location\s+(?:[=^~*]+\s+)?\/([A-Za-z0-9_.-]+)/g);
  return new Set([...paths].map(([, segment = ""]) => segment));
}

/** @throws UserError unless `name` can become a service, a path, and files that do not exist yet. */
export function checkNewName(name: string): void {
  if (!name) throw new UserError("say which worker: make new-worker NAME=language-id");
  if (!isName(name)) {
    throw new UserError(
      `NAME must be lower-case words joined by "-", ${MAX_LENGTH} characters at most: language-id`,
    );
  }
  if (Object.hasOwn(compose.services, name))
    throw new UserError(`compose.yaml has a service ${name} already; choose another NAME`);
  if (takenPaths().has(name))
    throw new UserError(`the gateway answers /${name} already; choose another NAME`);
  const taken = [...workerFiles(name).map(({ path }) => path), `workers/${name}`].find((file) =>
    existsSync(join(ROOT, file)),
  );
  if (taken) throw new UserError(`${taken} exists already; choose another NAME`);
}
