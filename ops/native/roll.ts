// Which replicas a deployment replaces. An extra replica of the new version starts first: it proves that the version
// starts, and answers while the others are replaced on their own ports, until nginx, reloaded then, uses those again.
import type { Instance, Rollout } from "../host/roll.ts";
import type { Versions } from "../host/versions.ts";
import { settle, waitFor } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { currentProcesses, type Process } from "./pm2.ts";
import { workerProcess } from "./processes.ts";
import { untilUsed } from "./publish.ts";
import { apply, known, remove } from "./reconcile.ts";
import { isExtra, processName, type Replica, spareReplica } from "./replicas.ts";
import { notReady } from "./sockets.ts";
import { type Watch, watch } from "./watch.ts";

/** A process on its own port; starting it stops the one with the same name. */
export function inPlace(process: Process): Instance {
  const { name } = process;
  let started: Watch | undefined;
  return {
    name,
    async start() {
      started = watch([name]); // pm2 gives it a new id
      started.begin(await apply(process));
    },
    async missing() {
      await started?.check();
      return notReady(process);
    },
    stays: async () => started?.check(),
    retire: () => undefined,
  };
}

const READY_MS = 30_000;

/** Starts a process outside of a deployment, in place of one with its name. @throws Error unless it becomes and stays ready. */
export async function startInPlace(process: Process): Promise<void> {
  const instance = inPlace(process);
  await instance.start();
  await waitFor(process.name, () => instance.missing(), READY_MS);
  await settle(async () => instance.stays?.());
}

/** The names under pm2 of which pm2 keeps a process running, also one that crashes. */
async function kept(): Promise<Set<string>> {
  return new Set(
    (await currentProcesses()).flatMap(({ name, status }) =>
      /^(stopped|errored)$/.test(status) ? [] : [name],
    ),
  );
}

/**
 * Declared replicas, also crashed ones, whose source or settings changed, and those that were stopped or lost by a command
 * that was killed. Changed ports and watch mode need a start.
 */
async function outdated(
  all: Replica[],
  versions: Versions,
): Promise<{ replica: Replica; next: Process; now: Process }[]> {
  const before = new Map(known().map((each) => [each.name, each]));
  const present = await kept();
  return all.flatMap((replica) => {
    const next = workerProcess(replica, versions);
    const now = before.get(next.name);
    if (!now || !versions[replica.worker.name]) return [];
    if (present.has(next.name) && JSON.stringify(now) === JSON.stringify(next)) return [];
    const comparable =
      now.env["PORT"] === next.env["PORT"] && !`${now.args} ${next.args}`.includes("--watch");
    return comparable ? [{ replica, next, now }] : [];
  });
}

/** @throws UserError for a running replica to replace whose port changed: the gateway does not know the new one yet. */
export function refuseMoved(all: Replica[], versions: Versions): void {
  const declared = new Map(known().map((each) => [each.name, each]));
  for (const replica of all) {
    const now = declared.get(processName(replica));
    const port = Number(now?.env["PORT"] ?? replica.port);
    if (!now || port === replica.port || !versions[replica.worker.name] || now.args.includes("--watch"))
      continue;
    if (JSON.stringify(workerProcess({ ...replica, port }, versions)) === JSON.stringify(now)) continue;
    throw new UserError(
      `${now.name} runs on port ${port} and gets ${replica.port} by WORKER_PORT_BASE and compose.yaml: make start-project`,
    );
  }
}

async function answers(process: Process): Promise<boolean> {
  return (await notReady(process)) === undefined;
}

/** Removes an extra replica: until the gateway uses the others again, it alone answers. */
async function removeExtra(name: string): Promise<void> {
  await untilUsed();
  await remove(name);
}

/** A process to go back to; one that did not answer before is started, but not waited for. */
function previous(process: Process, served: boolean): Instance {
  return served ? inPlace(process) : { ...inPlace(process), missing: async () => undefined };
}

/** The replacements that bring every running worker up to date; empty when all are. */
export async function rollouts(all: Replica[], versions: Versions): Promise<Rollout[]> {
  const changes = await outdated(all, versions);
  const services = new Set(changes.map(({ replica }) => replica.worker));
  const rolled = [...services].map(async (worker) => {
    const extra = workerProcess(spareReplica(worker), versions);
    const names = all.filter((replica) => replica.worker === worker).map(processName);
    const declared = known().filter(({ name }) => name === extra.name || names.includes(name));
    const answering = await Promise.all(declared.map(answers));
    const served = new Set(declared.filter((_, i) => answering[i]).map(({ name }) => name));
    const own = changes.filter(({ replica }) => replica.worker === worker);
    return {
      worker: worker.name,
      extra: { ...inPlace(extra), retire: () => removeExtra(extra.name) },
      replicas: own.map(({ next, now }) => ({
        next: inPlace(next),
        now: previous(now, served.has(now.name)),
      })),
      down: served.size === 0,
    };
  });
  return Promise.all(rolled);
}

/** What a deployment does not start: workers of which no replica was started, and replicas added since. */
export async function absent(all: Replica[]): Promise<string[]> {
  const present = new Set([...(await currentProcesses()), ...known()].map(({ name }) => name));
  const workers = new Set(all.filter((one) => present.has(processName(one))).map(({ worker }) => worker));
  const missing = all.filter((replica) => !present.has(processName(replica)));
  return [...new Set(missing.map((one) => (workers.has(one.worker) ? processName(one) : one.worker.name)))];
}

/** Removes the extra replicas that a killed deployment left, of workers whose replicas all answer. */
export async function removeExtras(all: Replica[]): Promise<void> {
  const left = new Set([...(await currentProcesses()), ...known()].map(({ name }) => name).filter(isExtra));
  for (const name of left) {
    const own = all.filter(({ worker }) => processName({ worker, index: "next" }) === name).map(processName);
    const answering = await Promise.all(
      known()
        .filter((each) => own.includes(each.name))
        .map(answers),
    );
    if (answering.includes(false)) continue;
    await removeExtra(name);
    console.log(`removed ${name}, which an earlier deployment left`);
  }
}
