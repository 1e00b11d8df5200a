import { UserError } from "../../../ops/settings/fail.ts";
import { ROOT } from "../../../ops/settings/project.ts";

const DEADLINE_MS = 60_000;

export function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

/** Milliseconds from now until `url` answers 200. */
export async function untilReady(url: string): Promise<number> {
  const started = performance.now();
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    const waited = performance.now() - started;
    if (answer?.ok) return waited;
    if (waited > DEADLINE_MS) throw new UserError(`${url} did not answer within ${DEADLINE_MS / 1000} s`);
    await Bun.sleep(1);
  }
}

export type Program = (port: number) => { command: string[]; env: Record<string, string> };

const bun =
  (file: string, env: Record<string, string> = {}): Program =>
  () => ({ command: [process.execPath, file], env });
export const worker = (name: string) => bun(`workers/${name}.ts`, { REPLICA: "b" });
export const bare = bun("benchmarks/emotion/bare.ts");
/** v1's route without the runtime of workers. */
export const plainElysia = (schema: boolean) =>
  bun("benchmarks/emotion/variants.ts", { SCHEMA: schema ? "yes" : "no" });
export const compiled =
  (binary: string): Program =>
  () => ({ command: [binary], env: { REPLICA: "b" } });

export function start(program: Program, port: number): Bun.Subprocess {
  const { command, env } = program(port);
  const environment = {
    ...process.env,
    HOST: "127.0.0.1",
    PORT: String(port),
    NODE_ENV: "production",
    ...env,
  };
  return Bun.spawn(command, { cwd: ROOT, env: environment, stdout: "ignore", stderr: "ignore" });
}

/** Milliseconds from spawning the process to its first 200 at `path`. */
export async function startToReady(program: Program, path = "/readyz"): Promise<number> {
  const port = freePort();
  const child = start(program, port);
  try {
    return await untilReady(`http://127.0.0.1:${port}${path}`);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}

/** Compiles a worker with the options of workers/build/image.ts. */
export function compileWorker(name: string, outfile: string): void {
  const options = "--compile --bytecode --minify --sourcemap=none --format=esm";
  const sealed = "--no-compile-autoload-dotenv --no-compile-autoload-bunfig";
  const args = ["build", `workers/${name}.ts`, "--outfile", outfile, ...`${options} ${sealed}`.split(" ")];
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, ...args], { cwd: ROOT });
  if (exitCode !== 0) throw new UserError(`bun build failed: ${stderr.toString().trim()}`);
}
