// The access log has one line for each request, with its route and its status.
import { readFileSync } from "node:fs";
import type { Exchange } from "../types.ts";

export interface Line {
  request_id: string;
  route: string;
  status: string;
  credentials: string;
  refusal: string;
}

export function readLog(path: string): Line[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
    .filter(({ request_id }) => request_id !== "probe");
}

/** The client may be gone before the answer, or the connection before the request was read. */
const maybeUnread = ({ ask, outcome }: Exchange) =>
  "lost" in outcome && (ask.abort || outcome.lost === "skipped");

export function wrongLines(lines: readonly Line[], exchanges: readonly Exchange[]): string[] {
  const wrong: string[] = [];
  const byId = new Map<string, Line[]>();
  for (const line of lines) byId.set(line.request_id, [...(byId.get(line.request_id) ?? []), line]);
  for (const exchange of exchanges) {
    const { ask, outcome } = exchange;
    const own = byId.get(ask.id) ?? [];
    byId.delete(ask.id);
    const expected = ask.route === undefined ? 0 : 1;
    const what = `${ask.kind} (${ask.id}, ${exchange.over})`;
    if (own.length !== expected && !(own.length === 0 && maybeUnread(exchange)))
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
