// What deployments, previews, a shadow and a canary change. Files of their own: they publish them without applying changed
// templates, routes or settings.
import { type Canary, canaryConf, shareConf } from "./canary.ts";
import { type Sample, sampleConf } from "./shadow.ts";
import { type Versions, versionsConf } from "./versions.ts";

export interface Published extends Versions {
  /** The live requests that are marked for a shadow; absent without one. */
  sample?: Sample;
  canary?: Canary;
}

export const NOTHING_PUBLISHED: Published = { live: [], previews: [] };

/** Their names and texts. */
export function releasesFiles(published: Published): Readonly<Record<string, string>> {
  const { sample, canary, ...versions } = published;
  const parts = [versionsConf(versions), sampleConf(sample), canaryConf(canary)];
  return {
    "releases.conf": `# Written by gateway/releases.ts at each start and deployment.\n${parts.join("\n")}\n`,
    "share.conf": shareConf(canary),
  };
}
