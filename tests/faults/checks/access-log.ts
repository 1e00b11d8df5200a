// The access log has one line for each request, with its route and its status.
import { existsSync, readFileSync } from "node:fs";
import type { Exchange } from "../types.ts";

interface Line {
  request_id: string;
  route: string;
  status: string;
  credentials: string;
  refusal: string;
}
/** How often each "route status" was answered, and the counters of passwords. */
export type Tally = Map<string, number>;

/** All lines of a log and of those it was rotated to. @throws SyntaxError for a line that is no JSON. */
export function readLog(...paths: string[]): Line[] {
  return paths
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, "utf8").split("\n").filter(Boolean))
    .map((line) => JSON.parse(line) as Line);
}

/** The client may be gone before the answer, or the connection before the request was read. */
const maybeUnread = ({ ask, outcome }: Exchange) =>
  "lost" in outcome && (ask.abort || outcome.lost === "skipped");

/** `probe` is the id of what the test asks before it begins. */
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

/** What the exporter must count: statuses as the clients saw them, and as they were logged where they saw none. */
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
      add(ask?.who === "stranger" ? "gateway_missing_passwords_total" : "gateway_wrong_passwords_total");
  }
  return counts;
}
