import { afterAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { packContainerGateway } from "../host/docker/gateway-tree.ts";
import { ROOT } from "../settings/project.ts";
import { parts } from "./images.ts";
import { type Model, render } from "./render.ts";

const dir = mkdtempSync(join(tmpdir(), "render-"));
afterAll(() => rmSync(dir, { recursive: true }));
mkdirSync(join(dir, "rules"));
writeFileSync(join(dir, "rules/a.yml"), "a");
writeFileSync(join(dir, "key"), "secret");

function model(): Model {
  return {
    services: {
      api: {
        image: "fortress/api:dev",
        build: { context: "." },
        depends_on: { other: {} },
        restart: "unless-stopped",
        command: null,
        read_only: true,
        healthcheck: { test: ["CMD", "/worker"] },
        tmpfs: ["/run/x:uid=101,mode=0755,size=64m"],
        ports: [{ target: 8443, published: "443", protocol: "tcp", mode: "host" }],
        networks: { workers: null },
        secrets: [{ source: "key", target: "/run/secrets/key" }],
        volumes: [
          { type: "bind", source: join(dir, "rules"), target: "/etc/rules" },
          { type: "volume", source: "data", target: "/data" },
        ],
      },
    },
    networks: { workers: { name: "p_workers", internal: true, driver_opts: { encrypted: "true" } } },
    volumes: { data: { name: "p_data" } },
    secrets: { key: { file: join(dir, "key") } },
  };
}

const stack = () => render(model(), "p", { "fortress/api:dev": "r/api@sha256:1" }, "key");
const api = () => stack().services["api"] ?? {};

test("unsupported keys are removed, supported ones kept, images pinned", () => {
  for (const key of ["build", "depends_on", "restart", "command", "tmpfs"])
    expect(api()).not.toHaveProperty(key);
  expect(api()).toMatchObject({
    image: "r/api@sha256:1",
    read_only: true,
    healthcheck: { test: ["CMD", "/worker"] },
    ports: [{ target: 8443, published: 443, mode: "host" }],
    networks: { workers: {} },
    secrets: [{ source: "key", target: "key" }],
  });
});

test("bind mounts become configs, one per file; volumes and tmpfs stay mounts", () => {
  const [config] = Object.keys(stack().configs);
  expect(api()["configs"]).toEqual([{ source: config, target: "/etc/rules/a.yml" }]);
  expect(api()["volumes"]).toEqual([
    { type: "volume", source: "data", target: "/data" },
    { type: "tmpfs", target: "/run/x", tmpfs: { size: 64 * 2 ** 20 } },
  ]);
});

test("the gateway's configuration is one reproducible file", () => {
  const file = join(dir, "gateway.tar");
  const packed = () => {
    packContainerGateway(file);
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  };
  expect(packed()).toBe(packed());
  const names = Bun.spawnSync(["tar", "-tf", file]).stdout.toString().split("\n");
  expect(names).toContain("./nginx.conf");
  expect(names).toContain("./machine.env");
});

test("changed content changes the name", () => {
  const before = stack();
  writeFileSync(join(dir, "key"), "changed");
  writeFileSync(join(dir, "rules/a.yml"), "changed");
  const after = stack();
  expect(after.secrets["key"]?.name).not.toBe(before.secrets["key"]?.name);
  expect(Object.values(after.configs)[0]?.name).not.toBe(Object.values(before.configs)[0]?.name);
});

test("names of secrets end in a keyed hash, stable for a key", () => {
  const hash = createHash("sha256")
    .update(readFileSync(join(dir, "key")))
    .digest("hex");
  const name = stack().secrets["key"]?.name ?? "";
  expect(name).toMatch(/^p_key_[0-9a-f]{12}$/);
  expect(hash).not.toContain(name.slice(-12));
  expect(stack().secrets["key"]?.name).toBe(name);
  expect(render(model(), "p", {}, "another key").secrets["key"]?.name).not.toBe(name);
});

test("every network between machines is encrypted unless STACK_ENCRYPTED=false", () => {
  const networks = ["compose.yaml", "ops/swarm/stack.yaml"].flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return Object.entries((parse(text, { merge: true, logLevel: "error" }) as Model).networks);
  });
  const encrypted = networks.filter(
    ([, { driver_opts }]) => driver_opts?.["encrypted"] === "${STACK_ENCRYPTED:-true}",
  );
  const names = new Set(encrypted.map(([name]) => name));
  const plain = networks.map(([name]) => name).filter((name) => !names.has(name));
  // edge carries TLS; status and isolated stay within a node; outbound leads from a node to other hosts.
  expect(plain).toEqual(["edge", "status", "outbound", "isolated"]);
});

test("networks are overlays named by the stack; the presence of `encrypted` enables encryption", () => {
  const plain = model();
  plain.networks = { workers: { driver_opts: { encrypted: "false" } } };
  expect(stack().networks["workers"]).toEqual({
    internal: true,
    driver: "overlay",
    driver_opts: { encrypted: "true" },
  });
  expect(render(plain, "p", {}, "key").networks["workers"]).toEqual({ driver: "overlay", driver_opts: {} });
  plain.networks = { workers: { driver_opts: { encrypted: "True" } } };
  expect(render(plain, "p", {}, "key").networks["workers"]?.["driver_opts"]).toEqual({ encrypted: "true" });
});

const names: [string, string, string][] = [
  ["fortress/search:dev", "fortress/search", "dev"],
  ["ghcr.io/a/b:3.2.26", "a/b", "3.2.26"],
  ["localhost:5000/a/b:1", "a/b", "1"],
  ["nginx", "nginx", "latest"],
];
for (const [image, repository, tag] of names) {
  test(`${image} is ${repository}, ${tag}`, () => expect(parts(image)).toEqual([repository, tag]));
}
