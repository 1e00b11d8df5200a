import { readFileSync } from "node:fs";
import { caFile } from "../../ops/host/certificate.ts";
import { gatewayAddress, gatewayName } from "../../ops/host/gateway-client.ts";
import { setting } from "../../ops/settings/project.ts";
import type { Target } from "./types.ts";

const credentials = `${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`;

/** The running gateway, with credentials it accepts. */
export const target: Target = {
  host: gatewayAddress(),
  port: Number(setting("HTTPS_PORT")),
  name: gatewayName(),
  ca: readFileSync(caFile(), "utf8"),
  authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
};
