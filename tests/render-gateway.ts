// Renders the gateway's configuration into a folder where `nginx -t` can read everything:
// tests/render-gateway.ts FOLDER containers|native
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeMachineFiles } from "../gateway/machine.ts";
import { renderGatewayTree } from "../gateway/render.ts";
import { gatewaySettings, workers } from "../ops/settings/project.ts";

const [folder = "", flavour = "containers"] = process.argv.slice(2);
const containers = flavour === "containers";
for (const part of ["tmp", "auth", "www"]) mkdirSync(join(folder, part), { recursive: true });
renderGatewayTree(folder, {
  variables: {
    ...gatewaySettings,
    ...(!containers && { HTTPS_LISTEN: "8443 ssl http2", HTTP2_DIRECTIVE: "" }), // as an old nginx takes it
    RUN_DIR: folder,
    AUTH_DIR: join(folder, "auth"),
    WWW_DIR: join(folder, "www"),
    ACCESS_LOG: join(folder, "access.log"),
    ACCESS_LOG_COPY: "",
    TLS_CERTIFICATE: join(folder, "nginx.crt"),
    TLS_CERTIFICATE_KEY: join(folder, "nginx.key"),
    PASSWORD_FILE: join(folder, "htpasswd"),
  },
  upstreams: workers().map(({ name }, i) =>
    containers
      ? { worker: name, servers: [{ address: `${name}:8080`, resolve: true }], resolver: "127.0.0.11" }
      : { worker: name, servers: [{ address: `127.0.0.1:${8100 + i}` }] },
  ),
  newer: containers,
});
writeMachineFiles(folder, "auto");
