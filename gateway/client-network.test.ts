import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fill } from "./render.ts";

// The map $client_network in an nginx that allows one request per client. A header sets the client's address.
const folder = mkdtempSync(join(tmpdir(), "client-network-"));
const socket = join(folder, "nginx.sock");
let nginx: Bun.Subprocess;

beforeAll(async () => {
  const template = readFileSync(join(import.meta.dir, "templates/conf.d/20-limits.conf.template"), "utf8");
  writeFileSync(
    join(folder, "limits.conf"),
    fill(template, { RATE_LIMIT: "1r/m", RATE_LIMIT_STATUS: "503", SINCE_1_29_8: "# " }),
  );
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path tmp;`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `pid nginx.pid; events {} http { ${temporary.join(" ")} access_log off; include limits.conf;
      map "" $authenticated_user { default ""; } map "" $route { default ""; }
      server { listen unix:${socket}; set_real_ip_from unix:; real_ip_header X-Address;
        location / { limit_req zone=per_client; try_files /nothing =404; } } }`,
  );
  nginx = Bun.spawn([
    "nginx",
    "-p",
    folder,
    "-c",
    join(folder, "nginx.conf"),
    "-e",
    "/dev/null",
    "-g",
    "daemon off;",
  ]);
  for (let i = 0; i < 100 && (await ask("192.0.2.255").catch(() => 0)) === 0; i++) await Bun.sleep(50);
});
afterAll(async () => {
  nginx.kill("SIGQUIT");
  await nginx.exited;
  rmSync(folder, { recursive: true });
});

async function ask(address: string): Promise<number> {
  return (await fetch("http://nginx/", { unix: socket, headers: { "x-address": address } })).status;
}

test("IPv4: each address is a client", async () => {
  expect(await ask("192.0.2.1")).toBe(404);
  expect(await ask("192.0.2.1")).toBe(503);
  expect(await ask("192.0.2.2")).toBe(404);
});

test("IPv6: each /64 network is a client, also with a line feed among its bytes", async () => {
  expect(await ask("2001:db8:0:a0a::1")).toBe(404); // 0x0a is a line feed
  expect(await ask("2001:db8:0:a0a:ffff:ffff:ffff:ffff")).toBe(503);
  expect(await ask("2001:db8:0:a0b::1")).toBe(404);
});

test("IPv4 mapped into IPv6: each address is a client", async () => {
  expect(await ask("::ffff:192.0.2.9")).toBe(404);
  expect(await ask("::ffff:192.0.2.10")).toBe(404);
  expect(await ask("::ffff:192.0.2.10")).toBe(503);
});
