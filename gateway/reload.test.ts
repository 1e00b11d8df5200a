// reload.sh with a private nginx whose every configuration answers with its own number.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../tests/contract/private-gateway.ts";
import { RELOAD } from "./render.ts";

const folder = mkdtempSync(join(tmpdir(), "reload-"));
const file = join(folder, "nginx.conf");
const port = await freePort();
let nginx: Bun.Subprocess;

function configure(answer: string): void {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const server = `server { listen 127.0.0.1:${port}; return 200 "${answer}"; }`;
  writeFileSync(
    file,
    `daemon off; worker_processes 4; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
     events {} http { access_log off; ${paths.join(" ")} ${server} }`,
  );
}
const ask = async () => (await fetch(`http://127.0.0.1:${port}/`, { keepalive: false })).text();
function reload(...command: string[]) {
  const { exitCode, stderr } = Bun.spawnSync([RELOAD, String(nginx.pid), ...command]);
  return { exitCode, stderr: stderr.toString() };
}

beforeAll(async () => {
  configure("0");
  nginx = Bun.spawn(["nginx", "-p", folder, "-c", file, "-e", join(folder, "error.log")]);
  for (let i = 0; (await ask().catch(() => "")) !== "0"; i++) {
    if (i === 200) throw new Error("nginx does not start within ten seconds");
    await Bun.sleep(50);
  }
});
afterAll(async () => {
  nginx.kill();
  await nginx.exited;
  rmSync(folder, { recursive: true });
});

test("the requests that follow are answered with the new configuration", async () => {
  for (let i = 1; i <= 20; i++) {
    configure(String(i));
    expect(reload()).toEqual({ exitCode: 0, stderr: "" });
    expect(await Promise.all(Array.from({ length: 8 }, ask))).toEqual(Array(8).fill(String(i)));
  }
}, 60_000);

test("it does not wait for a connection that stays open", async () => {
  const open = connect(port, "127.0.0.1");
  open.write("GET / HTTP/1.1\r\nHost: ");
  await Bun.sleep(100); // a worker process has accepted it
  expect(reload().exitCode).toBe(0);
  expect(readFileSync(join(folder, "error.log"), "utf8")).not.toContain("[alert]");
  open.destroy();
});

test("a command that fails is reported at once", () => {
  expect(reload("sh", "-c", "echo refused >&2; exit 3")).toEqual({ exitCode: 3, stderr: "refused\n" });
});
