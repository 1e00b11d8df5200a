import { Problem } from "./problem.ts";

/** X-Version is a version, or its first 6 digits or more, as in gateway/versions.ts. */
const SHORTEST = 6;

/** The gateway's answer to a version that it does not know (servers/50-unknown-version.conf). */
const UNKNOWN =
  "No version of this API that runs now begins with this X-Version (6 to 12 lower-case hex digits).";

/**
 * Refuses requests for another version than the replica's: during a deployment the replicas of one upstream have two
 * versions, and only they know which. Without a version of its own, a replica answers all. `always` are paths that any
 * version answers.
 */
export function versionCheck(version: string, always: ReadonlySet<string>) {
  if (version === "dev") return () => undefined;
  return (asked: string, url: string): void => {
    if (asked.length >= SHORTEST && version.startsWith(asked)) return;
    if (!always.has(new URL(url).pathname)) throw new Problem(404, UNKNOWN);
  };
}
