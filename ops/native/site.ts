import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../lib/compose.ts";
import { UserError } from "../lib/fail.ts";
import { giveTo } from "./folders.ts";

/** Puts the gateway's pages into `folder`; a process of its own imports the workers, whose documents they hold. */
export function publishSite(folder: string): void {
  const next = `${folder}.new`;
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, join(ROOT, "gateway/site.ts"), next]);
  if (exitCode !== 0) {
    const reason = /^error: .*$/m.exec(stderr.toString())?.[0] ?? stderr.toString().trim();
    throw new UserError(`the gateway's pages cannot be made (bun gateway/site.ts /tmp/site): ${reason}`);
  }
  giveTo("gateway", next);
  rmSync(folder, { recursive: true, force: true });
  renameSync(next, folder);
}
