// Renders the gateway's templates the way containers get them, into a folder where `nginx -t` can read everything:
// tests/render-gateway.ts FOLDER
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { renderGatewayTree } from "../gateway/render.ts";
import { gatewaySettings } from "../ops/settings/project.ts";

const [folder = ""] = process.argv.slice(2);
for (const part of ["tmp", "auth", "www"]) mkdirSync(join(folder, part), { recursive: true });
renderGatewayTree(folder, {
  ...gatewaySettings,
  RUN_DIR: folder,
  AUTH_DIR: join(folder, "auth"),
  WWW_DIR: join(folder, "www"),
  ACCESS_LOG: join(folder, "access.log"),
  ACCESS_LOG_COPY: "",
  TLS_CERTIFICATE: join(folder, "nginx.crt"),
  TLS_CERTIFICATE_KEY: join(folder, "nginx.key"),
  PASSWORD_FILE: join(folder, "htpasswd"),
});
