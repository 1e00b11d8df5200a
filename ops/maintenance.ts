// make maintenance
import { maintenanceFile } from "../gateway/releases.ts";
import { exclusively, PROJECT } from "./host/lock.ts";
import { inMaintenance, maintenanceOf, readable, recordMaintenance } from "./host/maintenance.ts";
import { current } from "./runtime.ts";
import { UserError } from "./settings/fail.ts";

/** @param state "on" or "off". @param message and @param allow as given to make; empty: as it is, or the default. @throws UserError */
export function setMaintenance(state = "", message = "", allow = ""): Promise<void> {
  if (state !== "on" && state !== "off")
    throw new UserError("STATE must be on or off, after make: make maintenance STATE=on");
  if (state === "off" && (message || allow)) throw new UserError("MESSAGE and ALLOW need STATE=on");
  return exclusively(PROJECT, async () => {
    const runtime = await current();
    if (runtime && !runtime.publishFiles) throw new UserError("maintenance needs native mode or Compose");
    const before = readable();
    const next = state === "on" ? maintenanceOf(message, allow, before) : undefined;
    recordMaintenance(next);
    try {
      runtime?.publishFiles?.(maintenanceFile(next));
    } catch (error) {
      recordMaintenance(before);
      throw error;
    }
    const later = next && !runtime ? " (from the next start on)" : "";
    const end = before ? "maintenance has ended: all clients are answered" : "there was no maintenance";
    console.log(`${inMaintenance() ?? end}${later}`);
  });
}
