// Static checks that no behavioural test can make for every path: which locations lead to one that proxies.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRoutes } from "../../gateway/routes.ts";
import { ROOT } from "../../ops/settings/project.ts";
import { all, type Directive, type Location, leadsTo, locations, parse, targets } from "./configuration.ts";

const folder = mkdtempSync(join(tmpdir(), "configuration-"));
const { exitCode } = Bun.spawnSync([process.execPath, join(ROOT, "tests/render-gateway.ts"), folder]);
const http = parse(join(folder, "nginx.conf")).find(({ name }) => name === "http")?.block ?? [];
const servers = all(http, "server").map((server) => ({ server, own: locations(server) }));
const everywhere = servers.flatMap(({ own }) => own);
const authenticating = new Set(everywhere.flatMap(({ block }) => targets(block, "auth_request")));
afterAll(() => rmSync(folder, { recursive: true }));

/** Locations reachable from these names by internal redirects. */
function reachable(from: readonly string[], own: readonly Location[]): Location[] {
  const found = new Set<Location>();
  const queue = [...from];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const location = own.find((other) => other.name === name);
    if (!location || found.has(location)) continue;
    found.add(location);
    queue.push(...leadsTo(location.block));
  }
  return [...found];
}
const named = (list: readonly Location[]) => list.map(({ name }) => name);
const set = (block: readonly Directive[], name: string) =>
  all(block, "proxy_set_header").find(({ args }) => args[0] === name)?.args[1];
const value = (block: readonly Directive[], name: string) => all(block, name)[0]?.args.join(" ");

describe("the rendered configuration", () => {
  test("has servers, and locations of each kind", () => {
    expect(exitCode).toBe(0);
    expect(servers.length).toBeGreaterThan(4);
    expect(named(everywhere.filter(({ asks }) => asks === "worker"))).toContain("/readyz");
    expect([...authenticating]).toEqual(["/_authenticate"]);
  });

  test("no error page of http or of a server proxies to an upstream", () => {
    for (const { server, own } of servers) {
      const pages = [...targets(http, "error_page"), ...targets(server.block, "error_page")];
      expect(named(reachable(pages, own).filter(({ asks }) => asks))).toEqual([]);
    }
  });

  // try_files runs after auth_request, so an authenticating location may continue there.
  const authenticatesFirst = ({ block }: (typeof everywhere)[number], name: string) =>
    targets(block, "try_files").includes(name) && targets(block, "auth_request").length > 0;

  test("an internal location that proxies is entered from locations with the same kind of upstream, or after authentication", () => {
    const wrong = servers.flatMap(({ own }) =>
      own
        .filter(({ closed, asks, name }) => closed && asks && !authenticating.has(name))
        .flatMap((retry) =>
          own
            .filter((from) => leadsTo(from.block).includes(retry.name) && from.asks !== retry.asks)
            .filter((from) => !authenticatesFirst(from, retry.name))
            .map(({ name }) => `${name} leads to ${retry.name}`),
        ),
    );
    expect(wrong).toEqual([]);
  });

  test.each(everywhere.filter(({ name }) => authenticating.has(name)))(
    "$name is internal and has its own error pages",
    (asked) => {
      expect(asked.closed).toBe(true);
      expect(asked.asks).toBe("verifier");
      expect(targets(asked.block, "error_page").length).toBeGreaterThan(0);
      expect(value(asked.block, "proxy_pass_request_body")).toBe("off");
      expect(value(asked.block, "proxy_pass_request_headers")).toBe("off");
      expect(set(asked.block, "Content-Length")).toBe("");
      const own = servers.find(({ own }) => own.includes(asked))?.own ?? [];
      expect(named(reachable(leadsTo(asked.block), own).filter(({ asks }) => asks))).toEqual([]);
    },
  );

  test.each(everywhere.filter(({ asks }) => asks === "worker"))(
    "$name passes no credential on",
    ({ block }) => {
      expect(set(block, "Authorization")).toBe("");
      expect(set(block, "X-Authenticated-User")).toBe("$authenticated_user");
    },
  );

  test.each(everywhere.filter(({ asks }) => asks))("$name ignores X-Accel-Redirect", ({ block }) => {
    const ignored = all(block, "proxy_ignore_headers").flatMap(({ args }) => args);
    expect(ignored).toContain("X-Accel-Redirect");
  });

  test("a location with error pages of its own, which inherits none, covers every status of its server", () => {
    const codes = (block: readonly Directive[]) =>
      new Set(all(block, "error_page").flatMap(({ args }) => args.filter((arg) => /^\d+$/.test(arg))));
    const wrong = servers.flatMap(({ server, own }) =>
      own
        .filter(({ name, block }) => codes(block).size > 0 && !authenticating.has(name))
        .filter(({ block }) => [...codes(server.block)].some((code) => !codes(block).has(code)))
        .map(({ name }) => name),
    );
    expect(wrong).toEqual([]);
  });

  const openRoutes = new Set(
    readRoutes().flatMap(({ paths }) =>
      paths.filter((path) => path.public).flatMap(({ path }) => [path, `${path}/`]),
    ),
  );
  const open = everywhere.filter(
    ({ name, asks, closed, block }) =>
      asks === "worker" && !closed && all(block, "auth_request").length === 0 && !openRoutes.has(name),
  );
  test("every path of a worker except readiness, the documents and public paths needs credentials", () => {
    expect(named(open).sort()).toEqual(["/readyz", "^/openapi/[a-z0-9-]+\\.json\\z"]);
  });

  test.each(open)(
    "$name, without credentials, passes nothing of the client's request and is cached for a second",
    ({ block }) => {
      expect(value(block, "proxy_pass_request_body")).toBe("off");
      expect(value(block, "proxy_pass_request_headers")).toBe("off");
      expect(set(block, "Content-Length")).toBe("");
      expect(value(block, "proxy_cache_valid")).toBe("any 1s");
      expect(value(block, "proxy_cache_key")).not.toContain("$request");
      expect(all(block, "limit_req")).not.toEqual([]);
      const named = targets(block, "error_page").filter((page) => page.startsWith("@"));
      expect([...new Set(named)]).toEqual(["@problem"]);
    },
  );
});
