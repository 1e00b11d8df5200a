import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeMachineFiles } from "../../gateway/machine.ts";
import { PASSWORD_FILE } from "../../gateway/passwords.ts";
import { type Gateway, renderGatewayTree } from "../../gateway/render.ts";
import { tlsFiles } from "../../ops/host/certificate.ts";
import { basicAuth, gatewayName } from "../../ops/host/gateway-client.ts";
import { setting, workers } from "../../ops/settings/project.ts";
import { gatewayVariables } from "../lib/gateway-variables.ts";
import { ask } from "./document.ts";

/** Listens on a free port, or on `port`. */
export function listen(server: Server, port = 0): Promise<number> {
  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", () => done((server.address() as { port: number }).port));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((done) => server.close(done));
  return port;
}

/** Waits until `url` answers. @throws Error after five seconds. */
export async function waitFor(what: string, url: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const ok = await ask(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    await Bun.sleep(50);
  }
  throw new Error(`${what} does not answer at ${url}`);
}

/** Renders the project's templates into a new folder and starts the gateway and its verifiers there. */
export async function startGateway({ variables, ...gateway }: Gateway, passwords: string) {
  const dir = mkdtempSync(join(tmpdir(), "gateway-"));
  for (const part of ["auth", "tmp"]) mkdirSync(join(dir, part));
  renderGatewayTree(dir, { ...gateway, variables: { ...gatewayVariables(dir), ...variables } });
  writeMachineFiles(dir, "1");
  copyFileSync(passwords, join(dir, "htpasswd"));
  const processes = ["verifier-new.conf", "verifier-recent.conf", "nginx.conf"].map((file) =>
    Bun.spawn(["nginx", "-p", dir, "-c", join(dir, file), "-e", "stderr", "-g", "daemon off;"], {
      stdout: "ignore",
      stderr: "ignore",
    }),
  );
  return {
    dir,
    async stop() {
      for (const process of processes) process.kill("SIGQUIT");
      await Promise.all(processes.map(({ exited }) => exited));
      rmSync(dir, { recursive: true });
    },
  };
}

/** A gateway of the project's routes on its own port. Every worker is at `workerPort`. */
export async function privateGateway(
  workerPort: number,
  overrides: Record<string, string> = {},
  routes?: string,
) {
  const port = await freePort();
  const servers = [{ address: `127.0.0.1:${workerPort}` }];
  const variables = {
    HTTPS_LISTEN: `127.0.0.1:${port} ssl`,
    TLS_CERTIFICATE: tlsFiles().certificate,
    TLS_CERTIFICATE_KEY: tlsFiles().key,
    WORKER_READ_TIMEOUT: "300ms", // for a fast 504
    ...overrides,
  };
  const upstreams = workers().map(({ name }) => ({ worker: name, servers }));
  const gateway = { variables, upstreams, ...(routes && { routes }) };
  const { stop } = await startGateway(gateway, PASSWORD_FILE);
  const url = `https://${gatewayName()}:${port}`;
  await waitFor("the private gateway", `${url}/livez`);
  return { url, stop };
}

export const AUTHORIZATION = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));
