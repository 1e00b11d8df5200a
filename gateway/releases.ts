// What deployments, previews, a shadow, a canary and maintenance change. Files of their own: they are published without changed
// templates, routes or settings.
import { type Canary, canaryConf, shareConf } from "./canary.ts";
import { type Maintenance, maintenanceConf } from "./maintenance.ts";
import { type Sample, sampleConf } from "./shadow.ts";
import { type Versions, versionsConf } from "./versions.ts";

export interface Published extends Versions {
  /** The live requests that are marked for a shadow; absent without one. */
  sample?: Sample;
  canary?: Canary;
  /** Absent: the API is open. */
  maintenance?: Maintenance;
}

export const NOTHING_PUBLISHED: Published = { live: [], previews: [] };

/** Their names and texts. */
export function releasesFiles(published: Published): Readonly<Record<string, string>> {
  const { sample, canary, maintenance, ...versions } = published;
  const parts = [versionsConf(versions), sampleConf(sample), canaryConf(canary)];
  return {
    "releases.conf": `# Written by gateway/releases.ts at each start and deployment.\n${parts.join("\n")}\n`,
    "share.conf": shareConf(canary),
    ...maintenanceFile(maintenance),
  };
}

/** Only this part of it. */
export const maintenanceFile = (maintenance: Maintenance | undefined) => ({
  "maintenance.conf": maintenanceConf(maintenance),
});
