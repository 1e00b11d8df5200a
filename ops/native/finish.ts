// What follows when the replicas run as wanted: previews, the gateway and Prometheus.
import type { Wanted } from "../host/versions.ts";
import { writePreviewTargets } from "./monitoring.ts";
import { removeUnused } from "./placed.ts";
import { applyPreviews } from "./previews.ts";
import { publish } from "./publish.ts";
import { known } from "./reconcile.ts";
import { removeOldSecrets } from "./secrets.ts";

/** Removes the bundles and secrets that no declared process uses. */
export function removeUnusedFiles(): void {
  removeUnused(known().map(({ cwd }) => cwd));
  removeOldSecrets(known());
}

/** Makes these previews run and publishes what runs, also where a preview fails. @throws UserError for that. */
export async function finish(previews: Wanted["previews"]): Promise<void> {
  try {
    await applyPreviews(previews);
  } finally {
    await publish();
    writePreviewTargets();
    removeUnusedFiles();
  }
}
