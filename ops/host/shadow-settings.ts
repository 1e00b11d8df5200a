// What a shadow's process and the gateway are given, in both runtimes.
import type { Sample } from "../../gateway/shadow.ts";
import { markOf, type ShadowSettings } from "../../workers/runtime/shadow/contract.ts";
import { candidateVersion, type Shadow, type Wanted } from "./versions.ts";

/** How long an answer to a shadow may take, in ms: as long as the gateway waits by default. */
const TIMEOUT_MS = 10_000;

/**
 * Undefined without a shadow, and where one of its versions does not run.
 * @param servers of a worker's live version, or of its preview, as `host:port`.
 */
export function shadowSettings(
  wanted: Wanted,
  servers: (worker: string, isPreview: boolean) => string[],
): ShadowSettings | undefined {
  const { shadow } = wanted;
  const stable = wanted.versions[shadow?.from ?? ""];
  const candidate = shadow && candidateVersion(wanted, shadow);
  if (!shadow || !stable || !candidate) return undefined;
  const { from, to, preview, key, noise, keep, keepUntil } = shadow;
  const until = preview && wanted.previews[to]?.until;
  return {
    key,
    stable: { worker: from, version: stable, servers: servers(from, false) },
    candidate: { worker: to, version: candidate, servers: servers(to, preview !== undefined) },
    noise,
    keep,
    keepUntil,
    timeoutMs: TIMEOUT_MS,
    ...(until && { until }),
  };
}

/** The requests that the gateway marks for it. */
export const sampleOf = ({ from: worker, percent, path, key }: Shadow): Sample => ({
  worker,
  percent,
  mark: markOf(key),
  ...(path !== undefined && { path }),
});
