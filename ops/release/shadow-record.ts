// The shadow that should run, in .state/shadow.json: every command that changes what runs keeps it as it is recorded.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Shadow } from "../host/versions.ts";
import { ROOT } from "../settings/project.ts";
import { type Release, workerNames } from "./release.ts";

const FILE = join(ROOT, ".state/shadow.json");

interface Recorded {
  /** The runtime it runs in, by its words for that. */
  where: string;
  shadow: Shadow;
}

function read(): Recorded | undefined {
  if (!existsSync(FILE)) return undefined;
  try {
    return JSON.parse(readFileSync(FILE, "utf8")) as Recorded;
  } catch (error) {
    console.error(`warning: ${relative(ROOT, FILE)} is damaged (${(error as Error).message}): no shadow`);
    return undefined;
  }
}

/** Of this runtime, and of workers that compose.yaml has. */
export function recordedShadow(release: Release): Shadow | undefined {
  const found = release.runtime.beside ? read() : undefined;
  const names = workerNames(release);
  if (!found || found.where !== release.runtime.where) return undefined;
  return names.includes(found.shadow.from) && names.includes(found.shadow.to) ? found.shadow : undefined;
}

/** Mode 600: it has the key of the pairs. */
export function recordShadow({ runtime }: Release, shadow: Shadow | undefined): void {
  if (!shadow) {
    rmSync(FILE, { force: true });
    return;
  }
  const recorded: Recorded = { where: runtime.where, shadow };
  writeFileSync(`${FILE}.new`, `${JSON.stringify(recorded, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${FILE}.new`, FILE);
}
