// Which replicas a deployment replaces. An extra replica of the new version starts first: it proves that the version
// starts, and answers while the others are replaced on their own ports. nginx is not reloaded.
import { httpFailure } from "../host/ready.ts";
import type { Instance, Rollout } from "../host/roll.ts";
import { settle } from "../host/wait.ts";
import type { Versions } from "./bundle.ts";
import { type Process, running } from "./pm2.ts";
import { workerProcess } from "./processes.ts";
import { apply, known, remove } from "./reconcile.ts";
import { type Replica, spareReplica } from "./replicas.ts";
import { type Watch, watch } from "./watch.ts";

const readyUrl = ({ env }: Process) => `http://127.0.0.1:${env["PORT"]}/readyz`;

/** A process on its own port; starting it stops the one with the same name. */
function inPlace(process: Process): Instance {
  const { name } = process;
  let started: Watch | undefined;
  return {
    name,
    start() {
      started = watch([name]);
      apply(process);
      started.begin();
    },
    async missing() {
      await started?.check();
      return httpFailure(readyUrl(process));
    },
    settled: () => settle(async () => started?.check()),
    retire: () => undefined,
  };
}

/** Replicas under pm2, also crashed ones, whose source or settings changed. Changed ports and watch mode need a start. */
function outdated(all: Replica[], versions: Versions): { replica: Replica; next: Process; now: Process }[] {
  const before = new Map(known().map((each) => [each.name, each]));
  const present = new Set(running().map(({ name }) => name));
  return all.flatMap((replica) => {
    const next = workerProcess(replica, versions);
    const now = before.get(next.name);
    if (!now || !present.has(next.name) || JSON.stringify(now) === JSON.stringify(next)) return [];
    const comparable =
      now.env["PORT"] === next.env["PORT"] && !`${now.args} ${next.args}`.includes("--watch");
    return comparable ? [{ replica, next, now }] : [];
  });
}

async function answers(process: Process): Promise<boolean> {
  return (await httpFailure(readyUrl(process))) === undefined;
}

/** The replacements that bring every running worker up to date; empty when all are. */
export async function rollouts(all: Replica[], versions: Versions): Promise<Rollout[]> {
  const changes = outdated(all, versions);
  const services = new Set(changes.map(({ replica }) => replica.worker));
  const rolled = [...services].map(async (worker) => {
    const extra = workerProcess(spareReplica(worker), versions);
    const own = changes.filter(({ replica }) => replica.worker === worker);
    const serving = await Promise.all(own.map(({ now }) => answers(now)));
    return {
      worker: worker.name,
      extra: { ...inPlace(extra), retire: () => remove(extra.name) },
      replicas: own.map(({ next, now }) => ({ next: inPlace(next), now: inPlace(now) })),
      down: !serving.includes(true),
      source: own.some(({ next, now }) => next.cwd !== now.cwd),
    };
  });
  return Promise.all(rolled);
}

/** The workers of compose.yaml of which no replica is under pm2. */
export function absent(all: Replica[], versions: Versions): string[] {
  const present = new Set(running().map(({ name }) => name));
  const missing = all.filter((replica) => !present.has(workerProcess(replica, versions).name));
  return [...new Set(missing.map(({ worker }) => worker.name))];
}
