import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

const stack = () => render(model(), "p", { "fortress/api:dev": "r/api@sha256:1" });
const api = () => stack().services["api"] ?? {};

test("what swarm refuses is left out, what it knows is kept, images are the pinned ones", () => {
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

test("files travel as configs, folders file by file; volumes and memory stay mounts", () => {
  const [config] = Object.keys(stack().configs);
  expect(api()["configs"]).toEqual([{ source: config, target: "/etc/rules/a.yml" }]);
  expect(api()["volumes"]).toEqual([
    { type: "volume", source: "data", target: "/data" },
    { type: "tmpfs", target: "/run/x", tmpfs: { size: 64 * 2 ** 20 } },
  ]);
});

test("another content has another name", () => {
  const before = stack();
  writeFileSync(join(dir, "key"), "changed");
  writeFileSync(join(dir, "rules/a.yml"), "changed");
  const after = stack();
  expect(after.secrets["key"]?.name).not.toBe(before.secrets["key"]?.name);
  expect(Object.values(after.configs)[0]?.name).not.toBe(Object.values(before.configs)[0]?.name);
});

test("networks are overlays of the stack's own name; encryption is on by being there", () => {
  const plain = model();
  plain.networks = { workers: { driver_opts: { encrypted: "false" } } };
  expect(stack().networks["workers"]).toEqual({
    internal: true,
    driver: "overlay",
    driver_opts: { encrypted: "true" },
  });
  expect(render(plain, "p", {}).networks["workers"]).toEqual({ driver: "overlay", driver_opts: {} });
});

const names: [string, string, string][] = [
  ["fortress/api-v1:dev", "fortress/api-v1", "dev"],
  ["ghcr.io/jaqx0r/mtail:3.2.26", "jaqx0r/mtail", "3.2.26"],
  ["localhost:5000/a/b:1", "a/b", "1"],
  ["nginx", "nginx", "latest"],
];
for (const [image, repository, tag] of names) {
  test(`${image} is ${repository}, ${tag}`, () => expect(parts(image)).toEqual([repository, tag]));
}
