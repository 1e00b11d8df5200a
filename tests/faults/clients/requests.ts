// The requests of good clients, bad clients and strangers, as data.
import type { Ask, Who } from "../types.ts";

/** The users of the private gateway: alice is cached before the fault, bob is not. */
export const USERS = { alice: "alice-password", bob: "bob-password" } as const;

interface Kind {
  method: string;
  path: string;
  /** Empty: answered before a location is selected. Undefined: the route is not logged. */
  route?: string;
  healthy: number;
  worker?: string;
  /** The path that the worker receives, if it is another. */
  upstream?: string;
  who: Who;
  user?: keyof typeof USERS;
  body?: "short" | "large" | "request" | undefined;
  headers?: readonly (readonly [string, string])[];
  expect?: boolean;
  abort?: "half" | "whole";
}

// The paths of tests/lib/routes.
const echo = { method: "POST", path: "/echo", route: "/echo", worker: "echo", body: "short" } as const;
const batch = { ...echo, path: "/echo/batch", route: "/echo/batch", body: "large" } as const;
const count = { method: "POST", path: "/count", route: "/count", worker: "count", body: "short" } as const;
const append = {
  method: "POST",
  path: "/append",
  route: "/append",
  worker: "append",
  body: "short",
} as const;
const good = { who: "good", user: "alice", healthy: 200 } as const;
const cold = { who: "good", user: "bob", healthy: 200 } as const;
const bad = { who: "bad", healthy: 401 } as const;
const anonymous = { who: "anonymous", healthy: 401 } as const;
const DOCUMENT = "/openapi/echo.json";
const get = { method: "GET", who: "anonymous" } as const;
const debug = { worker: "echo-debug", headers: [["X-Experiment-Group", "debug"]] } as const;
const forged = [
  ["X-Authenticated-User", "root"],
  ["X-Recently-Verified", "EXPIRED"],
  ["X-Client-Address", "127.0.0.1"],
  ["X-Accel-Redirect", "/_authenticate"],
  ["X-Original-URI", "/livez"],
] as const;

const KINDS = {
  good: { ...echo, ...good },
  "good debug": { ...echo, ...good, ...debug },
  "good batch": { ...batch, ...good },
  "good count": { ...count, ...good },
  "good append": { ...append, ...good },
  "good append, GET": { ...append, ...good, method: "GET", body: undefined },
  "good, not cached": { ...echo, ...cold },
  "good, with a request as its body": { ...echo, ...good, body: "request" },
  "good, expects 100": { ...echo, ...good, expect: true },
  "good, disconnects half-way": { ...echo, ...good, abort: "half" },
  "good batch, disconnects half-way": { ...batch, ...good, abort: "half" },
  "good, disconnects": { ...echo, ...good, abort: "whole" },
  bad: { ...echo, ...bad },
  "bad debug": { ...echo, ...bad, ...debug },
  "bad batch": { ...batch, ...bad },
  "bad count": { ...count, ...bad },
  "bad append": { ...append, ...bad },
  "bad, with a request as its body": { ...echo, ...bad, body: "request" },
  "bad, expects 100": { ...echo, ...bad, expect: true },
  "bad, disconnects half-way": { ...echo, ...bad, abort: "half" },
  anonymous: { ...echo, ...anonymous },
  "anonymous count": { ...count, ...anonymous },
  "anonymous, with a request as its body": { ...echo, ...anonymous, body: "request" },
  "anonymous, forged headers": { ...echo, ...anonymous, headers: forged },
  "too large": { ...echo, ...good, body: "large", healthy: 413, route: "" },
  readyz: { ...get, path: "/readyz", route: "/readyz", worker: "echo", healthy: 200 },
  document: {
    ...get,
    path: DOCUMENT,
    upstream: "/openapi.json",
    route: "/openapi",
    worker: "echo",
    healthy: 200,
  },
  livez: { ...get, path: "/livez", route: "/livez", healthy: 200 },
  page: { ...get, path: "/", route: "/", healthy: 200 },
  "wrong method": { ...get, path: "/echo", route: "/echo", healthy: 405 },
  authenticate: { ...get, path: "/_authenticate", route: "unknown_path", healthy: 404 },
  problem: { ...get, path: "/_problem", route: "unknown_path", healthy: 404 },
  "odd path": { ...get, path: '/"},{"route":"/x\\"%0a\xff', route: "unknown_path", healthy: 404 },
  unknown: { ...get, path: "/nothing", route: "unknown_path", healthy: 404 },
} as const satisfies Record<string, Kind>;
export type KindName = keyof typeof KINDS;

const LARGE = 200_000; // more than a socket's buffer, less than the limit of a batch
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: worker\r\nX-Request-ID: smuggled\r\n\r\n";

function bodyOf(id: string, body: Kind["body"]): string {
  const text = JSON.stringify({ text: `marker-${id}` });
  if (body === "large") return text.replace("marker-", `${"x".repeat(LARGE)}marker-`);
  if (body === "request") return `${SMUGGLED}${SMUGGLED}marker-${id}`;
  return body ? text : "";
}

function credentials({ who, user }: Kind): [string, string][] {
  if (who === "anonymous") return [];
  const pair = user ? `${user}:${USERS[user]}` : "alice:wrong";
  return [["Authorization", `Basic ${btoa(pair)}`]];
}

/** A request of this kind. */
export function ask(name: KindName, id: string): Ask {
  const kind: Kind = KINDS[name];
  const whole = bodyOf(id, kind.body);
  const body = kind.abort === "half" ? whole.slice(0, whole.length / 2) : whole;
  return {
    id,
    kind: name,
    method: kind.method,
    path: kind.path,
    who: kind.who,
    user: kind.user ?? "",
    healthy: kind.healthy,
    route: kind.route,
    worker: kind.worker ?? "",
    upstream: kind.upstream ?? kind.path,
    shared: kind.path === "/readyz" || kind.path === DOCUMENT,
    body,
    length: whole.length,
    abort: kind.abort !== undefined,
    expect: kind.expect ?? false,
    headers: [
      ["X-Request-ID", id],
      ...credentials(kind),
      ...(whole
        ? ([
            ["Content-Type", "application/json"],
            ["Content-Length", `${whole.length}`],
          ] as const)
        : []),
      ...(kind.expect ? ([["Expect", "100-continue"]] as const) : []),
      ...(kind.headers ?? []),
    ],
  };
}
