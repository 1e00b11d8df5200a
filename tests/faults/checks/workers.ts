// Invariants of every request that reached a worker.
import type { WorkerLog } from "../servers/worker.ts";
import type { Ask } from "../types.ts";

const PATHS = new Set(["/echo", "/echo/batch", "/count", "/append", "/readyz", "/openapi.json"]);
/** The route is not idempotent: no POST is sent twice. */
export const once = ({ path, method }: Pick<Ask, "path" | "method">) =>
  path === "/append" && method === "POST";

/** `admits`: a hostile verifier admitted clients and chose their user names. */
export function wrongRequests(
  { received, broken }: WorkerLog,
  asks: ReadonlyMap<string, Ask>,
  admits: boolean,
): string[] {
  const wrong = broken.map((text) => `a worker received an invalid request: ${text}`);
  const sent = new Set<string>();
  for (const { worker, method, path, headers } of received) {
    const ask = asks.get(headers.get("x-request-id") ?? "");
    const what = `${worker} received ${method} ${path}`;
    const user = headers.get("x-authenticated-user") ?? "";
    if (!PATHS.has(path)) wrong.push(what);
    else if (!ask) wrong.push(`${what} that no client sent`);
    else if (path !== ask.upstream || method !== ask.method)
      wrong.push(`${what} for ${ask.method} ${ask.path}`);
    else if (worker.split(" ")[0] !== ask.worker) wrong.push(`${what}, which is for ${ask.worker}`);
    else if (ask.who !== "good" && !ask.shared && !admits) wrong.push(`${what} of a ${ask.who} client`);
    else if (user !== ask.user && !admits)
      wrong.push(`${what} for the user ${user || "(none)"}, who is ${ask.user || "(none)"}`);
    if (ask && once(ask)) {
      if (sent.has(ask.id)) wrong.push(`${what} a second time`);
      sent.add(ask.id);
    }
    if (headers.has("authorization")) wrong.push(`${what} with an Authorization header`);
  }
  return wrong;
}
