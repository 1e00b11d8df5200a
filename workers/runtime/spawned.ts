import { resolve } from "node:path";

const running: Bun.Subprocess[] = [];

/** Stops the workers that a test started. */
export function killSpawned(): void {
  for (const process of running.splice(0)) process.kill("SIGKILL");
}

export function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
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
