// make stop-project works with an unreadable .env; make logs ends when nothing runs.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectCopy } from "../tests/lib/project-copy.ts";

let copy = "";
const calls = () => readFileSync(join(copy, "calls"), "utf8");
beforeEach(() => {
  copy = projectCopy();
  mkdirSync(join(copy, "bin"));
});
afterEach(() => rmSync(copy, { recursive: true }));

/** A docker command with containers of this checkout and of another one; it logs its calls. */
function engine(): void {
  writeFileSync(
    join(copy, "bin/docker"),
    `#!/bin/sh
echo "$*" >>${copy}/calls
case "$*" in
  version*) echo 28.0.0 ;;
  "compose version"*) echo 2.40.3 ;;
  *" ps --all --quiet") echo 0123456789ab ;;
  ps*) printf '%s\\t%s\\n' /somewhere/else other ${copy} mine ;;
esac
`,
  );
  chmodSync(join(copy, "bin/docker"), 0o755);
}

function stop(target = "stop-project") {
  // Without the installation; the recipe of restart-project includes those of its sub-makes.
  const recipe = `make --dry-run ${target} | grep -v "^ops/bootstrap.sh\\|^make" | bash -e`;
  const { exitCode, stdout, stderr } = Bun.spawnSync(["bash", "-o", "pipefail", "-c", recipe], {
    cwd: copy,
    env: { PATH: `${join(copy, "bin")}:/usr/bin:/bin`, XDG_RUNTIME_DIR: copy, HOME: copy },
  });
  return { exitCode, said: `${stderr}${stdout}` };
}

const WARNING = "the default settings are used\n";
test.each([
  ["a line that is no assignment", "HTTPS_PORT=1443\njunk\n", "warning: .env:2: write NAME=value; "],
  ["an invalid value", "REPLICAS=many\n", "warning: compose.yaml: deploy.replicas of "],
])(
  "%s in .env: the containers of this checkout are stopped",
  (_, env, warning) => {
    engine();
    const compose = readFileSync(join(copy, "compose.yaml"), "utf8");
    writeFileSync(join(copy, "compose.yaml"), compose.replace(/replicas: \d+/, 'replicas: "${REPLICAS:-3}"'));
    writeFileSync(join(copy, ".env"), env);
    const { exitCode, said } = stop();
    expect(said).toStartWith(warning);
    expect(said).toEndWith(`${WARNING}stopped\n`);
    expect(exitCode).toBe(0);
    expect(calls()).toContain("compose --env-file /dev/null --project-name mine down --remove-orphans\n");
    expect(calls()).not.toContain("other");
  },
  60_000,
);

test("a stop keeps that the project runs in containers: docker compose up starts them again", () => {
  engine();
  writeFileSync(join(copy, ".env"), "junk\n");
  mkdirSync(join(copy, ".state"));
  const started = join(copy, ".state/runtime");
  writeFileSync(started, "compose\n");
  expect(stop().said).toEndWith("stopped\n");
  expect(readFileSync(started, "utf8")).toBe("compose\n");
}, 60_000);

test("without an engine, stop looks for native processes", () => {
  writeFileSync(join(copy, ".env"), "junk\n");
  writeFileSync(join(copy, "bin/docker"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const said = `warning: .env:1: write NAME=value; ${WARNING}not running: nothing to stop\n`;
  expect(stop()).toEqual({ exitCode: 0, said });
}, 60_000);

test("make ps lists the containers with an unreadable .env", () => {
  engine();
  writeFileSync(join(copy, ".env"), "junk\n");
  mkdirSync(join(copy, ".state"));
  writeFileSync(join(copy, ".state/runtime"), "compose\n");
  expect(stop("ps").exitCode).toBe(0);
  expect(calls()).toEndWith("compose --env-file /dev/null --project-name mine ps --all\n");
}, 60_000);

test("make restart-project stops nothing when .env cannot be read", () => {
  engine();
  writeFileSync(join(copy, ".env"), "junk\n");
  expect(stop("restart-project")).toEqual({ exitCode: 1, said: "error: .env:1: write NAME=value\n" });
  expect(existsSync(join(copy, "calls"))).toBe(false);
}, 60_000);

test("make logs ends with an error when nothing runs", () => {
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "ops/cli.ts", "logs"], {
    cwd: copy,
    env: { PATH: "/usr/bin:/bin", XDG_RUNTIME_DIR: copy },
    timeout: 60_000,
  });
  expect(stderr.toString()).toStartWith("error: not running: make start-project");
  expect(exitCode).toBe(1);
}, 90_000);
