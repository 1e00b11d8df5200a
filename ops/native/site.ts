import { renameSync, rmSync } from "node:fs";
import { buildSite } from "../../gateway/site.ts";
import { giveTo } from "./folders.ts";

/** Puts the gateway's pages into `folder`. */
export function publishSite(folder: string): void {
  const next = `${folder}.new`;
  buildSite(next);
  giveTo("gateway", next);
  rmSync(folder, { recursive: true, force: true });
  renameSync(next, folder);
}
