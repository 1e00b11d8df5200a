// Ends `docker compose up --wait` when a worker or the gateway ends: the engine restarts it, and Compose would wait for its
// health until the timeout.
import { PermanentError } from "../host/wait.ts";
import { ROOT, workers } from "../settings/project.ts";
import { NGINX_SERVICES } from "./configuration.ts";
import {
  type Container,
  containers,
  endOf,
  inspect,
  isWatcher,
  previewedWorker,
  serviceOf,
} from "./containers.ts";

const POLL_MS = 3000; // for an event that was missed
const ENDED = ["restarting", "exited", "dead"];

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
    const isWatched = (service: string) =>
      services.has(previewedWorker(service) ?? service) || isWatcher(service);
    return inspect(containers()).filter((each) => isWatched(serviceOf(each)));
  } catch {
    return [];
  }
}

/** The engine's events of containers that end; the loop below looks only then, which is early and cheap. */
function ends(since: string) {
  const filters = ["event=die", "label=com.docker.compose.service"].flatMap((filter) => ["--filter", filter]);
  const command = ["docker", "events", "--since", since, ...filters, "--format", "{{.ID}}"];
  return Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
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
  const events = ends(since);
  const reader = events.stdout.getReader();
  let event = reader.read();
  try {
    while (child.exitCode === null && child.signalCode === null) {
      const next = await Promise.race([child.exited, event, Bun.sleep(POLL_MS)]);
      if (typeof next === "object" && !next.done) event = reader.read();
      else if (typeof next === "object") await Bun.sleep(POLL_MS); // the stream ended
      const ended = endedSince(before, present());
      if (ended.length === 0) continue;
      child.kill();
      const reasons = new Map(ended.map((each) => [serviceOf(each), endOf(each, since)]));
      const lines = [...reasons].map(([service, reason]) => `${service} does not start: ${reason}`);
      await child.exited;
      throw new PermanentError(lines.join("; "));
    }
  } finally {
    events.kill();
  }
  return child.exitCode === 0 ? undefined : await stderr;
}
