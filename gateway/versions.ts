// Which upstream a request with X-Version gets; a part of releases.conf. Each route in generated.conf uses only the versions of
// its workers.
import { previewName, type Server, upstream } from "./generated.ts";

export interface Versions {
  /** What answers by default. */
  live: readonly { worker: string; version: string }[];
  /** At most one of each worker. `until` is when it ends, in ms since the epoch. */
  previews: readonly { worker: string; version: string; until: number; server: Server; resolver?: string }[];
}

/** X-Version is a version of 12 hex digits, or its first 6 or more. */
const SHORTEST = 6;

/**
 * The upstreams of each prefix, separated by spaces. A prefix of two versions is left out. Two workers may have one
 * version, and a version may be live and previewed: each route takes its first of them (generated.ts).
 */
function upstreamsByPrefix({ live, previews }: Versions): Map<string, string> {
  const all = [
    ...live.map(({ worker, version }) => ({ version, name: worker })),
    ...previews.map(({ worker, version }) => ({ version, name: previewName(worker) })),
  ];
  const found = new Map<string, string>();
  for (const { version } of all)
    for (let length = SHORTEST; length <= version.length; length++) {
      const prefix = version.slice(0, length);
      const matching = all.filter((one) => one.version.startsWith(prefix));
      if (matching.every((one) => one.version === version))
        found.set(prefix, matching.map(({ name }) => name).join(" "));
    }
  return found;
}

const map = (source: string, target: string, lines: readonly string[]) =>
  `map ${source} ${target} {\n${lines.map((line) => `    ${line}\n`).join("")}}`;

/** Its text; servers/50-unknown-version.conf has the rest. */
export function versionsConf(published: Versions): string {
  const { previews } = published;
  const names = previews.map(({ worker }) => previewName(worker));
  // Seconds, as nginx's $msec.
  const shown = previews.map(({ worker, until }) => ({ worker, until: until / 1000 }));
  return [
    ...previews.map(({ worker, server, resolver }) =>
      upstream({ worker: previewName(worker), servers: [server], ...(resolver && { resolver }) }),
    ),
    map("$asked_version", "$version_upstreams", [
      "default unknown;",
      '"" "";',
      ...[...upstreamsByPrefix(published)].map(([prefix, found]) => `${prefix} " ${found} ";`),
    ]),
    map("$uri", "$documented_preview", [
      'default "";',
      ...names.map((name) => `/openapi/${name}.json ${name};`),
    ]),
    map('""', "$previews_json", [`default '${JSON.stringify(shown)}';`]),
  ].join("\n");
}
