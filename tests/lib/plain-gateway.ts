// A private gateway without TLS and with routes, users and workers of a test.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeUsers } from "../../gateway/passwords.ts";
import { type Published, releasesFiles } from "../../gateway/releases.ts";
import { basicAuth } from "../../ops/host/gateway-client.ts";
import { freePort, startGateway } from "../contract/private-gateway.ts";

interface Options {
  /** Files of gateway/routes by name. */
  routes: Record<string, string>;
  /** Ports of each worker's replicas. */
  workers: Record<string, readonly number[]>;
  variables?: Record<string, string>;
  published?: Published;
  /** Beside USERS; each is their own password. */
  users?: readonly string[];
}

/** Users of the gateway; each is their own password. */
export const USERS = ["alice", "bob", "carol"] as const;
export const as = (user: string) => ({ authorization: basicAuth(user, user) });

async function passwordFile(path: string, others: readonly string[]): Promise<void> {
  const users = [...USERS, ...others].map(async (name) => {
    const hash = await Bun.password.hash(name, { algorithm: "bcrypt", cost: 4 }); // a millisecond
    return [name, { hash, fromSettings: false }] as const;
  });
  writeUsers(new Map(await Promise.all(users)), path);
}

/** Rewrites releases.conf and has nginx load it, as a deployment does. @throws Error after ten seconds. */
async function publish(dir: string, published: Published): Promise<void> {
  const pid = Number(readFileSync(join(dir, "nginx.pid"), "utf8"));
  const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const before = children();
  for (const [name, text] of Object.entries(releasesFiles(published))) writeFileSync(join(dir, name), text);
  process.kill(pid, "SIGHUP");
  for (let i = 0; children().some((child) => before.includes(child)); i++) {
    if (i === 500) throw new Error("the private gateway does not reload within ten seconds");
    await Bun.sleep(20);
  }
}

export async function plainGateway({ routes, workers, variables = {}, published, users = [] }: Options) {
  const own = mkdtempSync(join(tmpdir(), "routes-"));
  mkdirSync(join(own, "routes"));
  for (const [name, text] of Object.entries(routes)) writeFileSync(join(own, "routes", name), text);
  await passwordFile(join(own, "htpasswd"), users);
  // The server for HTTPS, without TLS: nginx still needs a readable pair in the configuration.
  const pair = [join(own, "nginx.crt"), join(own, "nginx.key")] as const;
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=localhost"];
  Bun.spawnSync(["openssl", "req", "-x509", ...curve, "-days", "1", "-keyout", pair[1], "-out", pair[0]]);
  const port = await freePort();
  const upstreams = Object.entries(workers).map(([worker, ports]) => ({
    worker,
    servers: ports.map((each) => ({ address: `127.0.0.1:${each}` })),
  }));
  const gateway = {
    variables: {
      HTTPS_LISTEN: `127.0.0.1:${port}`,
      SERVER_NAMES: "localhost 127.0.0.1",
      TLS_CERTIFICATE: pair[0],
      TLS_CERTIFICATE_KEY: pair[1],
      ...variables,
    },
    upstreams,
    routes: join(own, "routes"),
    ...(published && { published }),
  };
  const { dir, stop } = await startGateway(gateway, join(own, "htpasswd"));
  const url = `http://127.0.0.1:${port}`;
  const live = () => fetch(`${url}/livez`).then(({ ok }) => ok);
  for (let i = 0; !(await live().catch(() => false)); i++) {
    if (i === 200) throw new Error("the private gateway does not start within ten seconds");
    await Bun.sleep(50);
  }
  return {
    url,
    /** The folder of the rendered configuration. */
    dir,
    publish: (next: Published) => publish(dir, next),
    async stop() {
      await stop();
      rmSync(own, { recursive: true });
    },
  };
}
