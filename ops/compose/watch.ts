// Ends `docker compose up --wait` when a worker or the gateway ends: the engine restarts it, and Compose would wait for its
// health until the timeout.
import { PermanentError } from "../host/wait.ts";
import { ROOT, workers } from "../settings/project.ts";
import { NGINX_SERVICES } from "./configuration.ts";
import { type Container, containers, endOf, inspect } from "./containers.ts";

const POLL_MS = 500;
const ENDED = ["restarting", "exited", "dead"];

const serviceOf = ({ Config }: Container) => Config.Labels["com.docker.compose.service"] ?? "";

/** The containers that ended since `before`: new ones, and earlier ones that were restarted again. */
export function endedSince(before: ReadonlyMap<string, number>, now: Container[]): Container[] {
  return now.filter(({ Id, RestartCount, State }) => {
    const known = before.get(Id);
    return RestartCount > (known ?? 0) || (known === undefined && ENDED.includes(State.Status));
  });
}

/** Inspects without an error for a container that was removed meanwhile. */
function present(): Container[] {
  try {
    const services = new Set([...workers().map(({ name }) => name), ...NGINX_SERVICES]);
    return inspect(containers()).filter((each) => services.has(serviceOf(each)));
  } catch {
    return [];
  }
}

/**
 * Runs a command that waits for containers. @returns its errors; undefined when it succeeds.
 * @throws PermanentError with the error of each service that ended meanwhile; the command is stopped.
 */
export async function untilEnded(command: string[]): Promise<string | undefined> {
  const since = new Date().toISOString();
  const before = new Map(present().map(({ Id, RestartCount }) => [Id, RestartCount]));
  const child = Bun.spawn(command, { cwd: ROOT, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const stderr = new Response(child.stderr).text();
  while (child.exitCode === null && child.signalCode === null) {
    await Promise.race([child.exited, Bun.sleep(POLL_MS)]);
    const ended = endedSince(before, present());
    if (ended.length === 0) continue;
    child.kill();
    await child.exited;
    const reasons = new Map(ended.map((each) => [serviceOf(each), endOf(each, since)]));
    const lines = [...reasons].map(([service, reason]) => `${service} does not start: ${reason}`);
    throw new PermanentError(lines.join("; "));
  }
  return child.exitCode === 0 ? undefined : await stderr;
}
