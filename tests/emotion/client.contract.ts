// The typed client of the documentation, through the running gateway.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadModel } from "../../model/index.ts";
import { caFile } from "../../ops/host/certificate.ts";
import { gatewayUrl } from "../../ops/host/gateway-client.ts";
import { setting } from "../../ops/settings/project.ts";

test("the typed client predicts", () => {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, join(import.meta.dir, "client.ts")], {
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: caFile(),
      API_URL: gatewayUrl(),
      API_USER: `${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`,
    },
  });
  expect(`${stdout}${stderr}`).toBe(`${loadModel().predict("I love this, thank you so much!").label}\n`);
});
