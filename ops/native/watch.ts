// Finds processes that end while a start or a deployment waits for them: pm2 restarts a crashed one, so waiting would
// only end at the timeout.
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { ending } from "../host/crash.ts";
import { holders, portTaken, refusedPort } from "../host/port-holder.ts";
import { PermanentError } from "../host/wait.ts";
import { LOG_DIR, PM2_HOME } from "./paths.ts";
import { currentProcesses, type Running } from "./pm2.ts";
import { wantedPorts } from "./ports.ts";
import { replicas } from "./replicas.ts";
import { orphanedProcesses } from "./stop.ts";

/** Until pm2 has written the last lines of a process that ended. */
const LOG_DELAY_MS = 200;

const logOf = (name: string) => join(LOG_DIR, `${name}.log`);
const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** A file from an offset; all of it when it is shorter by now, because it was rotated. */
function readFrom(path: string, offset: number): string {
  const size = sizeOf(path);
  const start = offset <= size ? offset : 0;
  const buffer = Buffer.alloc(size - start);
  if (buffer.length === 0) return "";
  const file = openSync(path, "r");
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, start)).toString();
  } finally {
    closeSync(file);
  }
}

/** How a process ended last; pm2's own log alone has the signal. */
function exitOf(name: string): { code: number; signal?: string } {
  const log = join(PM2_HOME, "pm2.log");
  const text = existsSync(log) ? readFileSync(log, "utf8") : "";
  const exits = text.matchAll(/App \[(\S+):\d+\] exited with code \[(\d+)\] via signal \[(\w+)\]/g);
  const [, , code = "1", signal = ""] = [...exits].findLast(([, app]) => app === name) ?? [];
  // pm2 writes SIGINT where there was no signal.
  return signal === "SIGINT" || signal === "" ? { code: Number(code) } : { code: 0, signal };
}

/** The error of a process that ended, from what it wrote after `offset`; for a port in use, who has it. */
function reasonOf(name: string, offset: number): string {
  const reason = ending(readFrom(logOf(name), offset), exitOf(name));
  const port = refusedPort(reason);
  const want = wantedPorts(replicas()).find((one) => one.port === port);
  if (!want) return reason;
  const [found, own] = [holders(want.port), new Set(orphanedProcesses())];
  if (found.some(({ pid }) => own.has(pid)))
    return `pm2 was killed, and its process has port ${want.port} still: the next start or deployment ends it`;
  return portTaken(want.port, want.variable, found);
}

export interface Watch {
  /** To be called once the processes are started, with what runs then. */
  begin(list: Running[]): void;
  /** @throws PermanentError with the name and the error of each watched process that ended. */
  check(): Promise<void>;
}

/** How often a patient process may restart: the nginx exporter ends where nginx does not answer yet. */
const PATIENCE = 5;

/**
 * Watches processes that are about to be started. One that runs already may end once, as after a kill.
 * @param before what runs now.
 * @param patient names of processes that may end a few times.
 */
export function watch(names: string[], patient: string[] = [], before: Running[] = []): Watch {
  const offsets = new Map(names.map((name) => [name, sizeOf(logOf(name))]));
  const earlier = new Map(before.map(({ id, restarts }) => [id, restarts]));
  let seen: Running[] = [];

  const watched = (list: Running[]) => list.filter(({ name }) => offsets.has(name));
  const ended = ({ id, name, status, restarts }: Running) => {
    const known = earlier.get(id);
    const down = !["online", "launching"].includes(status);
    if (patient.includes(name)) return restarts > (known ?? 0) + PATIENCE;
    return known === undefined ? down || restarts > 0 : down && restarts > known;
  };

  return {
    begin(list) {
      seen = watched(list);
    },
    async check() {
      if (seen.every((each) => !ended(each) && existsSync(`/proc/${each.pid}`))) return;
      seen = watched(await currentProcesses());
      if (!seen.some(ended)) return;
      await Bun.sleep(LOG_DELAY_MS);
      const reasons = new Map<string, string>(); // without those of replicas that ended alike
      for (const { name } of seen.filter(ended)) {
        const reason = reasonOf(name, offsets.get(name) ?? 0);
        if (![...reasons.values()].includes(reason)) reasons.set(name, reason);
      }
      const lines = [...reasons].map(([name, reason]) => `${name} does not start: ${reason}`);
      throw new PermanentError(names.length === 1 ? [...reasons.values()].join() : lines.join("; "));
    },
  };
}
