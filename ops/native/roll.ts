// Which replicas a deployment replaces. An extra replica of the new version starts first: it proves that the version
// starts, and answers while the others are replaced on their own ports. nginx is not reloaded.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { httpFailure } from "../host/ready.ts";
import type { Instance, Rollout } from "../host/roll.ts";
import { PermanentError } from "../host/wait.ts";
import type { Versions } from "./bundle.ts";
import { LOG_DIR } from "./paths.ts";
import { type Process, running } from "./pm2.ts";
import { workerProcess } from "./processes.ts";
import { apply, known, remove } from "./reconcile.ts";
import { type Replica, spareReplica } from "./replicas.ts";

/** The last error line of a process's log, otherwise its last line. */
function lastLogLine(name: string): string {
  const path = join(LOG_DIR, `${name}.log`);
  const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").slice(-40) : [];
  return lines.findLast((line) => /^error/i.test(line)) ?? lines.at(-1) ?? "the log is empty";
}

/** A process on its own port; starting it stops the one with the same name. */
function inPlace(process: Process): Instance {
  const { name, env } = process;
  return {
    name,
    start: () => apply(process),
    async missing() {
      const found = running().find((each) => each.name === name);
      if (!found || found.restarts > 0 || found.status === "errored")
        throw new PermanentError(`it does not stay running: ${lastLogLine(name)}`);
      return httpFailure(`http://127.0.0.1:${env["PORT"]}/readyz`);
    },
    retire: () => undefined,
  };
}

/** Running replicas whose source or settings changed. Changed ports and watch mode need a start. */
function outdated(all: Replica[], versions: Versions): { replica: Replica; next: Process; now: Process }[] {
  const before = new Map(known().map((each) => [each.name, each]));
  const online = new Set(
    running()
      .filter(({ status }) => status === "online")
      .map(({ name }) => name),
  );
  return all.flatMap((replica) => {
    const next = workerProcess(replica, versions);
    const now = before.get(next.name);
    if (!now || !online.has(next.name) || JSON.stringify(now) === JSON.stringify(next)) return [];
    const comparable =
      now.env["PORT"] === next.env["PORT"] && !`${now.args} ${next.args}`.includes("--watch");
    return comparable ? [{ replica, next, now }] : [];
  });
}

/** The replacements that bring every running worker up to date; empty when all are. */
export function rollouts(all: Replica[], versions: Versions): Rollout[] {
  const changes = outdated(all, versions);
  const services = new Set(changes.map(({ replica }) => replica.worker));
  return [...services].map((worker) => {
    const extra = workerProcess(spareReplica(worker), versions);
    return {
      worker: worker.name,
      extra: { ...inPlace(extra), retire: () => remove(extra.name) },
      replicas: changes
        .filter(({ replica }) => replica.worker === worker)
        .map(({ next, now }) => ({ next: inPlace(next), now: inPlace(now) })),
    };
  });
}
