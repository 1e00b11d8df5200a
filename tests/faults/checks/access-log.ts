// The access log has one line per request, with its route and status.
import { existsSync, readFileSync } from "node:fs";
import type { Exchange } from "../types.ts";

interface Line {
  request_id: string;
  route: string;
  status: string;
  credentials: string;
  refusal: string;
}
/** Requests by "route status", and the exporter's other counters by name. */
export type Tally = Map<string, number>;

/** All lines of a log and its rotated files. @throws SyntaxError for a line that is not JSON. */
export function readLog(...paths: string[]): Line[] {
  return paths
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, "utf8").split("\n").filter(Boolean))
    .map((line) => JSON.parse(line) as Line);
}

/** The client or the connection was closed, possibly before nginx read the request. */
const maybeUnread = ({ ask, outcome }: Exchange) =>
  "lost" in outcome && (ask.abort || outcome.lost === "skipped");

/** `probe` is the id of the test's own readiness request. */
export function wrongLines(
  lines: readonly Line[],
  exchanges: readonly Exchange[],
  probe = "probe",
): string[] {
  const wrong: string[] = [];
  const byId = new Map<string, Line[]>();
  for (const line of lines) byId.set(line.request_id, [...(byId.get(line.request_id) ?? []), line]);
  byId.delete(probe);
  for (const exchange of exchanges) {
    const { ask, outcome } = exchange;
    const own = byId.get(ask.id) ?? [];
    byId.delete(ask.id);
    const what = `${ask.kind} (${ask.id}, ${exchange.over})`;
    if (own.length !== 1 && !(own.length === 0 && maybeUnread(exchange)))
      wrong.push(`${own.length} lines for ${what}`);
    for (const { route, status } of own) {
      if (route !== ask.route) wrong.push(`the route ${route || "(none)"} for ${what}`);
      if (!("lost" in outcome) && Number(status) !== outcome.status)
        wrong.push(`the status ${status} for ${what}, which got ${outcome.status}`);
    }
  }
  for (const [id, rest] of byId) wrong.push(`${rest.length} lines of ${id}, which no client sent`);
  return wrong;
}

/** The counts the exporter must show: statuses as clients got them, or as logged if a client got none. */
export function tally(lines: readonly Line[], exchanges: readonly Exchange[]): Tally {
  const counts: Tally = new Map([
    ["gateway_wrong_passwords_total", 0],
    ["gateway_missing_passwords_total", 0],
    ["gateway_unreadable_lines_total", 0],
  ]);
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const seen = new Map(exchanges.map(({ ask, outcome }) => [ask.id, { ask, outcome }]));
  for (const { request_id, route, status } of lines) {
    const { ask, outcome } = seen.get(request_id) ?? {};
    const final = outcome && "status" in outcome ? `${outcome.status}` : status;
    add(`${ask?.route ?? route} ${Number(final)}`); // "000" is 0 there
    if (final === "401")
      add(ask?.who === "anonymous" ? "gateway_missing_passwords_total" : "gateway_wrong_passwords_total");
  }
  return counts;
}
