// Processes that a killed pm2 daemon left running: the next daemon does not know them, and they keep their ports.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../host/wait.ts";
import { PM2_HOME } from "./paths.ts";
import { change, currentProcesses, type Process } from "./pm2.ts";
import { known } from "./reconcile.ts";
import { isExtra } from "./replicas.ts";
import { notReady } from "./sockets.ts";
import { nginxProcesses, orphanedProcesses } from "./stop.ts";

/** Longer than the ten seconds a worker drains; SIGKILL follows. */
const GRACE_MS = 20_000;
const READY_MS = 30_000;

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // exited
  }
}

/** The parents of a process, up to the first one. */
function ancestors(pid: number): number[] {
  const [, parent] = /^\d+ \(.*\) \S (\d+) /s.exec(read(`/proc/${pid}/stat`)) ?? [];
  return parent && parent !== "0" ? [Number(parent), ...ancestors(Number(parent))] : [];
}

/** Those of `pids` that a daemon other than `daemon` started; pm2 itself and its commands are none. */
export function startedByOthers(pids: number[], daemon: number): number[] {
  const nginx = new Set(nginxProcesses(pids));
  return pids.filter((pid) => {
    const started = nginx.has(pid) || /(^|\0)pm_id=/.test(read(`/proc/${pid}/environ`));
    return started && !ancestors(pid).includes(daemon);
  });
}

function send(pids: number[], signal: "SIGTERM" | "SIGKILL"): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // already exited
    }
  }
}

async function end(pids: number[]): Promise<void> {
  send(pids, "SIGTERM");
  const left = () => pids.filter((pid) => existsSync(`/proc/${pid}`));
  const check = async () => (left().length > 0 ? `still running: ${left().join(", ")}` : undefined);
  await waitFor("the end of the orphaned processes", check, GRACE_MS).catch(() => send(left(), "SIGKILL"));
}

/** Ends what an earlier daemon left and starts it again as it was declared: pm2 cannot take over a running process. */
export async function recover(): Promise<void> {
  const listed = new Set((await currentProcesses()).map(({ name }) => name)); // starts a daemon in place of a killed one
  const daemon = Number(read(join(PM2_HOME, "pm2.pid")));
  if (!existsSync(`/proc/${daemon}`)) return; // whose processes they are is not known
  const orphans = startedByOthers(orphanedProcesses(), daemon);
  if (orphans.length === 0) return;
  const timeLeft = ({ env }: Process) =>
    Number(env["PREVIEW_UNTIL"] ?? Number.POSITIVE_INFINITY) > Date.now();
  const lost = known().filter((one) => !listed.has(one.name) && !isExtra(one.name) && timeLeft(one));
  console.log(`pm2 was killed: starting again ${lost.map(({ name }) => name).join(", ")}`);
  await end(orphans);
  if (lost.length === 0) return;
  await change([], lost);
  for (const process of lost.filter(({ env }) => env["REPLICA"])) {
    const failed = (error: Error) => console.error(`warning: ${error.message}`);
    await waitFor(process.name, () => notReady(process), READY_MS).catch(failed);
  }
}
