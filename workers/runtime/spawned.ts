import { resolve } from "node:path";

const running: Bun.Subprocess[] = [];

/** Stops the workers that a test started. */
export function killSpawned(): void {
  for (const process of running.splice(0)) process.kill("SIGKILL");
}

const given = new Set<number>();

/**
 * A port that nothing listens on; another one at each call. It is below net.ipv4.ip_local_port_range: the system gives ports of
 * that range to any connection and to listeners on port 0, also one that a test has freed or does not use yet.
 */
export function freePort(): number {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    if (given.has(port)) continue;
    given.add(port);
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // in use
    }
  }
}

/** Starts a test worker, or a built one by its path, as a process; call `killSpawned` in `afterEach`. */
export function spawnWorker(port: number, env: Record<string, string> = {}, file = "test-worker.ts") {
  const command = /\.[jt]s$/.test(file) ? [process.execPath, resolve(import.meta.dir, file)] : [file];
  const child = Bun.spawn(command, {
    env: { ...process.env, HOST: "127.0.0.1", PORT: String(port), REPLICA: "t", ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  running.push(child);
  return child;
}

export async function ready(port: number): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (
      await fetch(`http://127.0.0.1:${port}/readyz`).then(
        (r) => r.ok,
        () => false,
      )
    )
      return;
    await Bun.sleep(20);
  }
  throw new Error("the worker never became ready");
}

export function post(port: number, path: string, body: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers, body });
}
