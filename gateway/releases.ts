// releases.conf: what deployments, previews and a shadow change. A file of its own: they publish it without applying changed
// templates, routes or settings.
import { type Sample, sampleConf } from "./shadow.ts";
import { type Versions, versionsConf } from "./versions.ts";

export interface Published extends Versions {
  /** The live requests that are marked for a shadow; absent without one. */
  sample?: Sample;
}

export const NOTHING_PUBLISHED: Published = { live: [], previews: [] };

/** The text of releases.conf. */
export function releasesConf(published: Published): string {
  const { sample, ...versions } = published;
  return `# Written by gateway/releases.ts at each start and deployment.\n${versionsConf(versions)}\n${sampleConf(sample)}\n`;
}
