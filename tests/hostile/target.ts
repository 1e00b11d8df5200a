import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, setting } from "../../ops/lib/compose.ts";
import type { Target } from "./types.ts";

const credentials = `${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`;

/** The running gateway, with credentials it accepts. */
export const target: Target = {
  host: "127.0.0.1",
  port: Number(setting("HTTPS_PORT")),
  name: "localhost",
  ca: readFileSync(join(ROOT, "gateway/certs/nginx.crt"), "utf8"),
  authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
};
