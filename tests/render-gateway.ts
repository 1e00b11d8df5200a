// Renders the gateway's configuration into a folder for `nginx -t`: tests/render-gateway.ts FOLDER containers|native
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeMachineFiles } from "../gateway/machine.ts";
import { renderGatewayTree } from "../gateway/render.ts";
import { workers } from "../ops/settings/project.ts";
import { gatewayVariables } from "./lib/gateway-variables.ts";

const [folder = "", flavour = "containers"] = process.argv.slice(2);
const containers = flavour === "containers";
for (const part of ["tmp", "auth", "www"]) mkdirSync(join(folder, part), { recursive: true });
renderGatewayTree(folder, {
  variables: {
    ...gatewayVariables(folder),
    HTTPS_LISTEN: containers ? "8443 ssl" : "8443 ssl http2",
    HTTP2_DIRECTIVE: containers ? "http2 on;" : "", // the syntax before nginx 1.25.1
    USER_DIRECTIVE: "",
    VERIFIER_USER_DIRECTIVE: "",
  },
  upstreams: workers().map(({ name }, i) =>
    containers
      ? { worker: name, servers: [{ address: `${name}:8080`, resolve: true }], resolver: "127.0.0.11" }
      : { worker: name, servers: [{ address: `127.0.0.1:${8100 + i}` }] },
  ),
  newer: containers,
  published: {
    live: workers().map(({ name }, i) => ({ worker: name, version: String(i).padStart(12, "0") })),
    previews: workers().map(({ name }, i) => ({
      worker: name,
      version: String(i).padStart(12, "a"),
      until: 0,
      ...(containers
        ? { server: { address: `${name}.preview:8080`, resolve: true }, resolver: "127.0.0.11" }
        : { server: { address: `127.0.0.1:${8200 + i}` } }),
    })),
  },
});
writeMachineFiles(folder);
