// make user-add and user-remove without root, on a copy of the project that belongs to another user.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectCopy } from "../tests/lib/project-copy.ts";

const NOBODY = "65534";
const drop =
  process.getuid?.() === 0 ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
let copy = "";
const passwords = () => readFileSync(join(copy, "gateway/secrets/htpasswd"), "utf8");
const container = () => join(copy, ".state/secrets/htpasswd");

beforeEach(() => {
  copy = projectCopy();
  mkdirSync(join(copy, "gateway/secrets"));
  writeFileSync(join(copy, "gateway/secrets/htpasswd"), "admin:$2b$10$x:gateway\nalice:$2b$10$y\n");
  mkdirSync(join(copy, ".state/secrets"), { recursive: true });
  mkdirSync(join(copy, "gateway/certs"));
  for (const [name, text] of Object.entries({
    "nginx.crt": "new",
    "nginx.key": "new",
    htpasswd: passwords(),
  })) {
    writeFileSync(join(copy, "gateway/certs", name), text);
    // An earlier version wrote them with mode 444.
    writeFileSync(join(copy, ".state/secrets", name), text.replace("new", "old"), { mode: 0o444 });
  }
  if (drop.length > 0) Bun.spawnSync(["chown", "-Rh", NOBODY, copy]);
});
afterEach(() => rmSync(copy, { recursive: true }));

const command = (what: string) => [...drop, process.execPath, "ops/cli.ts", "users", what];
const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env["PATH"],
  NAME: "alice",
  XDG_RUNTIME_DIR: join(copy, "run"),
  ...more,
});

function users(what: string, input = "") {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command(what), {
    cwd: copy,
    env: environment(),
    stdin: Buffer.from(input),
  });
  return { exitCode, said: `${stdout}${stderr}` };
}

test("a removed user is removed from the containers' file in place", () => {
  const { ino } = statSync(container());
  const { exitCode, said } = users("remove");
  expect(said).toBe(
    "user alice removed: the password may still work for up to a minute; to end that now: make reload\n",
  );
  expect(exitCode).toBe(0);
  expect(passwords()).toBe("admin:$2b$10$x:gateway\n");
  expect(readFileSync(container(), "utf8")).toBe(passwords());
  expect(statSync(container())).toMatchObject({ ino, mode: 0o100644 });
});

test("a change that does not reach the containers fails, and names what is in effect", () => {
  chmodSync(join(copy, ".state/secrets"), 0o755);
  rmSync(container());
  mkdirSync(container()); // a file cannot be written here
  const { exitCode, said } = users("remove");
  expect(exitCode).toBe(1);
  expect(said).toMatch(
    /^error: user alice removed, but only in part: done in gateway\/secrets\/htpasswd; not done in the containers \(.*\): /,
  );
  expect(said.trim().split("\n")).toHaveLength(1);
  expect(passwords()).not.toContain("alice");
});

test("an unreadable password file is an error", () => {
  if (drop.length > 0) Bun.spawnSync(["chown", "-R", "0", join(copy, "gateway/secrets")]);
  chmodSync(join(copy, "gateway/secrets"), 0o000);
  const { exitCode, said } = users("remove");
  chmodSync(join(copy, "gateway/secrets"), 0o700);
  const refusal = /^error: gateway\/secrets\/htpasswd: EACCES: .*nothing was changed$/m;
  expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringMatching(refusal) });
  expect(passwords()).toContain("alice");
});

test("only the password file is published, not a new certificate", () => {
  const { exitCode, said } = users("add", "a long enough password\n");
  expect(said).toBe(
    "password of alice changed: the new one works now; the old one may still work for up to a minute; to end that now: make reload\n",
  );
  expect(exitCode).toBe(0);
  expect(readFileSync(container(), "utf8")).toBe(passwords());
  expect(readFileSync(join(copy, ".state/secrets/nginx.crt"), "utf8")).toBe("old");
});

test("a deployed stack keeps its users until the next deployment, and the command says so", () => {
  expect(users("add", "a long enough password\n").said).not.toContain("on the swarm");
  mkdirSync(join(copy, ".state/swarm"));
  writeFileSync(join(copy, ".state/swarm/stack.json"), "{}");
  const { exitCode, said } = users("remove");
  expect(exitCode).toBe(0);
  expect(said).toContain("on the swarm it takes effect with: make deploy RUNTIME=swarm");
});

test("a new user's password works at once where the project runs, otherwise after a start", () => {
  rmSync(join(copy, "gateway/secrets/htpasswd"));
  expect(users("add", "a long enough password\n").said).toBe("user alice added: the password works now\n");
  rmSync(join(copy, ".state/secrets"), { recursive: true });
  expect(users("remove").said).toBe("user alice removed: takes effect with make start-project\n");
});

test("concurrent changes are all applied", async () => {
  const start = (what: string, NAME: string) =>
    Bun.spawn(command(what), {
      cwd: copy,
      env: environment({ NAME, GENERATE: "yes" }),
      stdout: "ignore",
      stderr: "ignore",
    });
  const names = ["racer1", "racer2", "racer3", "racer4", "racer5"];
  const changes = [...names.map((name) => start("add", name)), start("remove", "alice")];
  expect(await Promise.all(changes.map(({ exited }) => exited))).toEqual(changes.map(() => 0));
  const there = passwords()
    .split("\n")
    .map((line) => line.split(":")[0]);
  expect(there.sort()).toEqual(["", "admin", ...names]);
  expect(readFileSync(container(), "utf8")).toBe(passwords());
});
