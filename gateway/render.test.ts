import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gatewayVariables } from "../tests/lib/gateway-variables.ts";
import { generated } from "./generated.ts";
import { NOTHING_PUBLISHED, releasesFiles } from "./releases.ts";
import { fill, inTemplates, renderGatewayTree } from "./render.ts";
import { routeOf } from "./route-schema.ts";

test("variables in capitals are replaced, nginx's own are kept", () => {
  expect(fill("listen ${PORT}; return 301 https://$host${uri};", { PORT: "443" })).toBe(
    "listen 443; return 301 https://$host${uri};",
  );
});

test("/readyz asks the first worker that lacks no secret", () => {
  const asked = (...lacking: boolean[]) => {
    const upstreams = lacking.map((each, i) => ({ worker: `w${i}`, servers: [], lacking: each }));
    return /\$readiness_worker \{\s+default (\S+);/.exec(
      generated(upstreams, [], { rate: "10r/s", burst: 5 }),
    )?.[1];
  };
  expect([asked(false, false), asked(true, false), asked(true, true), asked()]).toEqual([
    "w0",
    "w1",
    "w0",
    '""',
  ]);
});

test("a missing variable is an error with the file and the name", () => {
  expect(() => fill("${NOPE}", {}, "tls.conf")).toThrow("tls.conf needs the variable NOPE");
});

test("what nginx says of a rendered file names the file that a person edits", () => {
  const said = (file: string) =>
    inTemplates(
      `2026/01/01 00:00:00 [emerg] 7#7: unknown directive "x" in /run/next/${file}:7\nnginx: configuration file /run/next/nginx.conf test failed\n`,
      "/run/next",
    );
  expect(said("nginx.conf")).toBe('unknown directive "x" in gateway/templates/nginx.conf.template:7');
  expect(said("snippets/headers.conf")).toEndWith(" in gateway/templates/snippets/headers.conf.template:7");
  expect(said("workers/search.conf")).toEndWith(" in workers/search.conf (of gateway/routes/search.yaml):7");
  expect(said("overrides/search.conf")).toEndWith(" in gateway/routes/search.conf:7");
  expect(said("verifier-new.conf")).toEndWith(" in gateway/templates/verifier.conf.template:7");
  expect(said("generated.conf")).toEndWith(" in generated.conf (of gateway/routes/*.yaml):7");
});

test("without routes the folders of their locations are rendered empty: they replace the ones before", () => {
  const folder = mkdtempSync(join(tmpdir(), "render-"));
  renderGatewayTree(folder, { variables: gatewayVariables(folder), upstreams: [], routes: "/nonexistent" });
  for (const part of ["workers", "overrides"]) expect(readdirSync(join(folder, part))).toEqual([]);
  rmSync(folder, { recursive: true });
});

const DEFAULTS = { rate: "10r/s", burst: 5 };
const servers = [{ address: "127.0.0.1:1" }, { address: "127.0.0.1:2", backup: true }];
const resolved = [{ address: "two:8080", resolve: true }];

test("an upstream has its servers, and a resolver for names", () => {
  const text = generated(
    [
      { worker: "one", servers },
      { worker: "two", servers: resolved, resolver: "127.0.0.11" },
    ],
    [],
    DEFAULTS,
  );
  expect(text).toContain(`upstream one {
    zone upstream_one 64k;
    server 127.0.0.1:1 max_fails=1 fail_timeout=2s;
    server 127.0.0.1:2 max_fails=1 fail_timeout=2s backup;
    keepalive 64;
    keepalive_requests 100000;
    keepalive_timeout 60s;
}`);
  expect(text).toContain(`    resolver 127.0.0.11 valid=2s ipv6=off;
    server two:8080 resolve max_fails=1 fail_timeout=2s;
`);
});

// The generated maps in an nginx that answers with their values.
describe("generated.conf in nginx", () => {
  const folder = mkdtempSync(join(tmpdir(), "generated-"));
  const running: Bun.Subprocess[] = [];
  const long = "a-name-of-forty-characters-which-is-the-m"; // one character more than a route may have
  const routes = [
    routeOf("predict", {
      worker: "one",
      header: "X-Group",
      values: { debug: "two", "1.5+b": "two", "a~b": "two" },
      paths: { "/predict": {}, "/predict/all/*": {} },
    }),
    routeOf(long, { worker: "two", rate: "5r/s", paths: { "/long": {} } }),
  ];

  async function start(name: string, workers: string[], all: typeof routes): Promise<string> {
    const dir = join(folder, name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(
      join(dir, "generated.conf"),
      generated(
        workers.map((worker) => ({ worker, servers })),
        all,
        DEFAULTS,
      ),
    );
    for (const [name, text] of Object.entries(releasesFiles(NOTHING_PUBLISHED)))
      writeFileSync(join(dir, name), text);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((x) => `${x}_temp_path tmp;`);
    const socket = join(dir, "s");
    const variables = all.length > 0 ? "$worker_for_predict" : "-";
    writeFileSync(
      join(dir, "nginx.conf"),
      `pid nginx.pid; events {} http { ${temporary.join(" ")} access_log off; variables_hash_bucket_size 128;
        map "" $client_network { default ""; } map "" $authenticated_user { default ""; } map "" $asked_version { default ""; }
        include releases.conf; include generated.conf;
        server { listen unix:${socket};
          location / { return 200 "${variables} [$documented_worker] [$readiness_worker] $workers_json"; } } }`,
    );
    const command = ["nginx", "-p", dir, "-c", join(dir, "nginx.conf"), "-e", "stderr", "-g", "daemon off;"];
    running.push(Bun.spawn(command, { env: { PATH: `${process.env["PATH"]}:/usr/sbin` } }));
    const ask = () => fetch("http://nginx/", { unix: socket });
    for (let i = 0; i < 100 && !(await ask().catch(() => undefined)); i++) await Bun.sleep(20);
    return socket;
  }
  afterAll(async () => {
    for (const nginx of running) nginx.kill("SIGQUIT");
    await Promise.all(running.map(({ exited }) => exited));
    rmSync(folder, { recursive: true });
  });

  const socket = start("full", ["one", "two"], routes);
  async function answer(path: string, group?: string): Promise<string[]> {
    const headers: Record<string, string> = group === undefined ? {} : { "x-group": group };
    const unix = await socket;
    return (await (await fetch(`http://nginx${path}`, { unix, headers })).text()).split(" ");
  }

  test.each([
    [undefined, "one"],
    ["", "one"],
    ["debug", "two"],
    ["Debug", "one"],
    ["debug2", "one"],
    ["1.5+b", "two"],
    ["1x5+b", "one"],
    ["1.55b", "one"],
    ["a~b", "two"],
  ])("the header %p goes to %s", async (group, worker) => {
    expect((await answer("/", group))[0]).toBe(worker);
  });

  test.each([
    ["/openapi/two.json?x=1", "[two]"],
    ["/openapi/TWO.json", "[]"],
    ["/openapi/twoxjson", "[]"],
    ["/openapi/three.json", "[]"],
  ])("%s is the document of %s", async (path, worker) => {
    expect((await answer(path))[1]).toBe(worker);
  });

  test("/readyz goes to the first worker, and /docs/workers.json lists workers and routes", async () => {
    const [, , first, ...rest] = await answer("/");
    expect(first).toBe("[one]");
    const [{ name, worker, header, values } = routes[1]!] = routes;
    expect(JSON.parse(rest.join(" "))).toEqual({
      workers: "one two",
      previews: [],
      now: expect.any(Number),
      routes: [
        { name, worker, header, values, paths: ["/predict", "/predict/all/*"] },
        { name: long, worker: "two", paths: ["/long"] },
      ],
    });
  });

  test("without workers the maps and the list are empty", async () => {
    const unix = await start("empty", [], []);
    const text = await (await fetch("http://nginx/openapi/one.json", { unix })).text();
    expect(text).toMatch(/^- \[\] \[\] \{"workers":"","previews":\[\],"now":\d+\.\d+,"routes":\[\]\}$/);
  });
});
