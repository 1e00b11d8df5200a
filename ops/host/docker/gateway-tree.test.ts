// What the containers' configuration and compose.yaml must both say: which ports, files and folders.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compose, workers } from "../../settings/project.ts";
import { renderContainerGateway } from "./gateway-tree.ts";

interface Service {
  ports?: string[];
  volumes?: string[];
  tmpfs?: string[];
  secrets?: string[];
  command?: string[];
}
const services = compose.services as Record<string, Service>;
const folder = mkdtempSync(join(tmpdir(), "gateway-tree-"));
renderContainerGateway(folder);
afterAll(() => rmSync(folder, { recursive: true }));
const text = (...files: string[]) => files.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");

test("the gateway listens on the ports that are published", () => {
  const published = services["gateway"]?.ports?.map((port) => port.split(":").at(-1));
  const listening = [...text("servers/10-http.conf", "servers/20-https.conf").matchAll(/listen (\d+)/g)];
  expect(new Set(listening.map(([, port]) => port))).toEqual(new Set(published));
});

test("it reads the secrets it is given, and writes where it may", () => {
  const all = text("conf.d/40-tls.conf", "nginx.conf", "verifier-new.conf", "conf.d/10-access-log.conf");
  const read = [...all.matchAll(/\/run\/secrets\/([\w.]+)/g)].map(([, name]) => name);
  const given = ["gateway", "verifier-new"].flatMap((name) => services[name]?.secrets ?? []);
  expect(new Set(read)).toEqual(new Set(given));
  const writable = ["gateway", "verifier-new"].flatMap((name) => [
    ...(services[name]?.tmpfs ?? []).map((line) => line.split(":")[0]),
    ...(services[name]?.volumes ?? [])
      .filter((line) => !line.endsWith(":ro"))
      .map((line) => line.split(":")[1]),
  ]);
  const paths = [...all.matchAll(/(?:pid|unix:|access_log) ?(\/(?:run|var)\/\w+(?:\/gateway)?)/g)];
  expect(paths.length).toBeGreaterThan(3);
  for (const [, path] of paths) expect(writable).toContain(path);
});

test("each verifier starts with its own configuration", () => {
  for (const name of ["verifier-new", "verifier-recent"]) {
    const config = services[name]?.command?.find((part) => part.endsWith(".conf")) ?? "";
    expect(config).toBe(`/run/gateway/current/${name}.conf`);
    expect(text(`${name}.conf`)).toContain(`${name}.sock`);
  }
});

test("Docker's name server names the replicas of every worker", () => {
  for (const { name } of workers())
    expect(text("generated.conf")).toContain(
      `resolver 127.0.0.11 valid=2s ipv6=off;\n    server ${name}:8080 resolve `,
    );
});
