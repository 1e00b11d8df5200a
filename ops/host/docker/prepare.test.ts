// The files of the monitoring containers, rendered in a copy of the project: secrets are in closed folders only.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectCopy } from "../../../tests/lib/project-copy.ts";
import { run } from "../run.ts";

const HOOK = "https://hooks.example.org/token-1";
let copy = "";
const secret = (name: string) => readFileSync(join(copy, ".state/secrets", name), "utf8");

beforeEach(() => {
  copy = projectCopy();
  for (const folder of ["gateway/certs", "gateway/secrets"]) mkdirSync(join(copy, folder));
  writeFileSync(join(copy, "gateway/certs/nginx.crt"), "certificate");
  writeFileSync(
    join(copy, "gateway/secrets/htpasswd"),
    "admin:$2b$10$hash-of-admin:gateway\nalice:$2b$10$y\n",
  );
});
afterEach(() => rmSync(copy, { recursive: true }));

function render(): void {
  const script = `import { renderMonitoringFiles } from "${copy}/ops/host/docker/prepare.ts"; renderMonitoringFiles()`;
  const env = {
    ALERT_WEBHOOK_URL: HOOK,
    GATEWAY_USER: "admin",
    TLS_CA_FILE: join(copy, "gateway/certs/nginx.crt"),
  };
  expect(run([process.execPath, "-e", script], { env })).toMatchObject({ ok: true, stderr: "" });
}

test("the webhook URL and the hashes are in .state/secrets only", () => {
  mkdirSync(join(copy, ".state/monitoring"), { recursive: true });
  writeFileSync(join(copy, ".state/monitoring/alertmanager.yml"), "an earlier version's: token-1");
  render();
  const { stdout } = run(["grep", "-rlF", "-e", "token-1", "-e", "hash-of-admin", join(copy, ".state")]);
  expect(stdout.split("\n").sort()).toEqual(
    ["alertmanager.yml", "alertmanager_web.yml"].map((name) => join(copy, ".state/secrets", name)),
  );
  expect(statSync(join(copy, ".state/secrets")).mode & 0o777).toBe(0o700);
  expect(statSync(join(copy, ".state/alertmanager-login")).mode & 0o777).toBe(0o600);
});

test("under umask 077 everything in .state/monitoring is readable for the containers' users", () => {
  const umask = process.umask(0o077);
  render();
  process.umask(umask);
  const folder = join(copy, ".state/monitoring");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  expect(files).toContain("prometheus/rules/availability.yml");
  const closed = [".", ...files].filter((file) => (statSync(join(folder, file)).mode & 0o4) === 0);
  expect(closed).toEqual([]);
});

test("Alertmanager accepts GATEWAY_USER and Prometheus only; rendering again changes nothing", async () => {
  render();
  const before = ["alertmanager_web.yml", "alertmanager_password"].map(secret);
  const { basic_auth_users: logins } = parse(secret("alertmanager_web.yml"));
  expect(Object.keys(logins)).toEqual(["admin", "prometheus@local"]);
  expect(logins.admin).toBe("$2b$10$hash-of-admin");
  expect(await Bun.password.verify(secret("alertmanager_password"), logins["prometheus@local"])).toBe(true);
  render();
  expect(["alertmanager_web.yml", "alertmanager_password"].map(secret)).toEqual(before);
});
