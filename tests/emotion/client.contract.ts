// The client in the README: identical to client.ts, and run against the gateway.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { caFile } from "../../ops/host/certificate.ts";
import { gatewayUrl } from "../../ops/host/gateway-client.ts";
import { ROOT, setting } from "../../ops/settings/project.ts";

const CLIENT = join(import.meta.dir, "client.ts");

test("the README shows tests/emotion/client.ts", () => {
  const printed = /```ts\n(import { treaty }[\s\S]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"));
  expect(printed?.[1]).toBe(readFileSync(CLIENT, "utf8"));
});

test("the README's client predicts through the gateway", () => {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, CLIENT], {
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: caFile(),
      API_URL: gatewayUrl(),
      API_USER: `${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`,
    },
  });
  expect(`${stdout}${stderr}`).toBe("love\n");
});
