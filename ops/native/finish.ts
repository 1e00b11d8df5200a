// What follows when the replicas run as wanted: previews, shadow and canary, the gateway and Prometheus.
import type { Wanted } from "../host/versions.ts";
import { endCanaries, startCanary } from "./canaries.ts";
import { writePreviewTargets } from "./monitoring.ts";
import { removeUnused } from "./placed.ts";
import { applyPreviews } from "./previews.ts";
import { publish } from "./publish.ts";
import { known } from "./reconcile.ts";
import { removeOldSecrets } from "./secrets.ts";
import { endShadows, startShadow } from "./shadows.ts";

/** Removes the bundles and secrets that no declared process uses. */
export function removeUnusedFiles(): void {
  removeUnused(known().map(({ cwd }) => cwd));
  removeOldSecrets(known());
}

/** Makes previews, shadow and canary run and publishes what runs, also where one of them fails. @throws UserError for that. */
export async function finish(wanted: Wanted): Promise<void> {
  try {
    await endCanaries(wanted); // before its candidate, which may be a preview
    await applyPreviews(wanted.previews);
    await startShadow(wanted);
    await startCanary(wanted);
  } finally {
    await publish();
    await endShadows(wanted);
    writePreviewTargets();
    removeUnusedFiles();
  }
}
