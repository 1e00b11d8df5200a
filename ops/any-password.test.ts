// GATEWAY_PASSWORD from .env to its consumers: curl with `ops/cli.ts settings`, the front page's sign-in, and Grafana's
// password file. Only a verifier (nginx with its real configuration) runs.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeMachineFiles } from "../gateway/machine.ts";
import { renderGatewayTree } from "../gateway/render.ts";
import { gatewayVariables } from "../tests/lib/gateway-variables.ts";
import { envValue, projectCopy } from "../tests/lib/project-copy.ts";
import { compose } from "./settings/project.ts";
import { strings } from "./settings/worker-fields.ts";

const PATH = `${process.env["PATH"]}:/usr/sbin`;
const nginx = Bun.which("nginx", { PATH });
const PASSWORDS = [
  "@Strong-Pass-9x",
  "*alias",
  "&anchor",
  "%directive",
  "colon: inside",
  "user:and:more",
  "#remark",
  "with #remark",
  "pa$word$$ ${HOME} $__env{HOME}",
  "it's",
  'say "hello"',
  "both ' and \" and $(id) `id`",
  "back\\slash\\n and one at the end\\",
  "'quoted'",
  "; } { nginx | & < > ! ~ ?",
  "${GATEWAY_USER:-x}",
  "true",
  "0123",
  "pässwörd-日本語-😀",
  `${"x".repeat(71)}y`,
];

const copy = projectCopy();
const socket = join(copy, "run/verifier-new.sock");
let verifier: Bun.Subprocess | undefined;

beforeAll(() => {
  for (const folder of ["gateway/certs", "run/tmp"]) mkdirSync(join(copy, folder), { recursive: true });
  for (const file of ["nginx.crt", "nginx.key"]) writeFileSync(join(copy, "gateway/certs", file), "");
  if (!nginx) return;
  const run = join(copy, "run");
  const variables = {
    ...gatewayVariables(run),
    AUTH_DIR: run,
    PASSWORD_FILE: join(copy, "gateway/secrets/htpasswd"),
  };
  renderGatewayTree(run, { variables, upstreams: [], routes: join(run, "none") });
  writeMachineFiles(run, "1");
  verifier = Bun.spawn(
    [nginx, "-e", "stderr", "-p", run, "-c", join(run, "verifier-new.conf"), "-g", "daemon off;"],
    { stderr: "inherit" },
  );
});
afterAll(async () => {
  verifier?.kill();
  await verifier?.exited;
  rmSync(copy, { recursive: true });
});

/** Writes the files of a start and prints the settings as shell assignments. */
const PREPARE = `import { printSettings } from "./ops/print.ts";
  import { ensureGatewayUser } from "./gateway/passwords.ts";
  import { publishSecrets } from "./ops/host/docker/mounted.ts";
  await ensureGatewayUser(); publishSecrets(); printSettings();`;
const CURL = `settings=$("$BUN" -e "$PREPARE"); eval "$settings"
  curl -sS --unix-socket "$SOCKET" --retry 20 --retry-delay 0 --retry-all-errors -o /dev/null \\
    -w '%{http_code}' -u "$GATEWAY_USER:$GATEWAY_PASSWORD" http://verifier/`;

/** Grafana replaces `$__file{PATH}` by the trimmed file, without further expansion. */
function grafanaReads(): string {
  const { GF_SECURITY_ADMIN_PASSWORD = "" } = strings(compose.services["grafana"]?.environment);
  const [, name = ""] = /^\$__file\{\/run\/secrets\/(\w+)\}$/.exec(GF_SECURITY_ADMIN_PASSWORD) ?? [];
  return readFileSync(join(copy, ".state/secrets", name), "utf8").trim();
}

interface FrontPage {
  signIn(name: string, password: string): void;
  send(request: { method: string; url: string; headers: Record<string, string> }): Promise<unknown>;
}

/** The header that the front page sends for these credentials. */
async function frontPage(password: string): Promise<string> {
  const page: FrontPage = await import(join(import.meta.dir, "../gateway/www/assets/api.js"));
  const before = globalThis.fetch;
  let sent = "";
  globalThis.fetch = Object.assign(
    async (_url: string | URL | Request, init?: RequestInit) => {
      sent = new Headers(init?.headers).get("authorization") ?? "";
      return new Response("{}");
    },
    { preconnect: before.preconnect },
  );
  try {
    page.signIn("admin", password);
    await page.send({ method: "GET", url: "/", headers: {} });
    return sent;
  } finally {
    globalThis.fetch = before;
  }
}

async function ask(authorization: string): Promise<number> {
  const answer = await fetch("http://verifier/", { unix: socket, headers: { authorization } });
  return answer.status;
}

for (const password of PASSWORDS) {
  test.skipIf(!nginx)(
    `${password} is accepted everywhere${nginx ? "" : " (skipped: no nginx)"}`,
    async () => {
      writeFileSync(join(copy, ".env"), `GATEWAY_PASSWORD=${envValue(password)}\n`);
      const { stdout, stderr } = Bun.spawnSync(["bash", "-euc", CURL], {
        cwd: copy,
        env: { PATH, BUN: process.execPath, PREPARE, SOCKET: socket },
      });
      expect([stderr.toString(), stdout.toString()]).toEqual(["", "204"]);
      expect(await ask(await frontPage(password))).toBe(204);
      expect(grafanaReads()).toBe(password);
    },
    60_000,
  );
}

test.skipIf(!nginx)("a wrong password gets 401", async () => {
  expect(await ask(await frontPage("wrong"))).toBe(401);
});
