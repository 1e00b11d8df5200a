// Where the project runs: containers where an engine can run them, otherwise natively.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasContainers } from "./compose/containers.ts";
import { engineObstacle } from "./host/docker/engine.ts";
import { imageObstacle } from "./host/docker/images.ts";
import { running } from "./native/pm2.ts";
import { UserError } from "./settings/fail.ts";
import { ROOT, setting } from "./settings/project.ts";

export type Runtime = "native" | "compose";

export interface Choice {
  runtime: Runtime;
  /** In words, for the one line that says what was chosen; empty when the user chose. */
  why: string;
}

const MARK = join(ROOT, ".state/runtime");

/** What the last start left running, as far as it still does. */
export function runningRuntime(): Runtime | undefined {
  const mark = existsSync(MARK) ? readFileSync(MARK, "utf8").trim() : "";
  if (mark === "compose" && engineObstacle() === undefined && hasContainers()) return "compose";
  return running().length > 0 ? "native" : undefined;
}

export function remember(runtime: Runtime | undefined): void {
  mkdirSync(dirname(MARK), { recursive: true });
  if (runtime) writeFileSync(MARK, `${runtime}\n`);
  else rmSync(MARK, { force: true });
}

/** RUNTIME's wish, or what already runs, or containers where they can run. @throws UserError when a wish cannot be. */
export function chooseRuntime(): Choice {
  const wish = setting("RUNTIME");
  if (wish === "native") return { runtime: "native", why: "" };
  if (wish === "") {
    const now = runningRuntime();
    if (now) return { runtime: now, why: "" };
  }
  const obstacle = engineObstacle() ?? imageObstacle();
  if (!obstacle) return { runtime: "compose", why: wish ? "" : "a Docker engine answers" };
  if (wish === "compose") throw new UserError(`RUNTIME=compose cannot be: ${obstacle}`);
  return { runtime: "native", why: obstacle };
}
