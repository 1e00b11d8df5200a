import { isName, PLATFORM_PATHS, type Route } from "../../gateway/routes.ts";
import { UserError } from "../settings/fail.ts";
import { compose } from "../settings/project.ts";
import { exists } from "./plan.ts";

/** @throws UserError unless `name` can become a service, a path, and these files, none of which exists yet. */
export function checkNewName(name: string, routes: readonly Route[], files: readonly string[]): void {
  if (!name) throw new UserError("say which worker: make new-worker NAME=word-count");
  if (!isName(name))
    throw new UserError('NAME must be lower-case words joined by "-", 40 characters at most: word-count');
  if (Object.hasOwn(compose.services, name))
    throw new UserError(`compose.yaml has a service ${name} already; choose another NAME`);
  if (PLATFORM_PATHS.includes(name) || routes.some((route) => route.name === name))
    throw new UserError(`the gateway answers /${name} already; choose another NAME`);
  const taken = [...files, `workers/${name}`].find(exists);
  if (taken) throw new UserError(`${taken} exists already; choose another NAME`);
}
