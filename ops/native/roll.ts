// Replaces running workers one at a time. One more replica of the new version starts first: it shows that the
// version starts at all, and answers for those that are being replaced on their own ports. nginx is not reloaded.
import type { Step } from "../host/steps.ts";
import { Hopeless, waitFor } from "../host/wait.ts";
import type { Versions } from "./bundle.ts";
import { lastWords } from "./logs.ts";
import { running } from "./pm2.ts";
import type { Process } from "./process.ts";
import { workerProcess } from "./processes.ts";
import { apply, known, remove } from "./reconcile.ts";
import { type Replica, spareReplica } from "./replicas.ts";

const READY_MS = 30_000;

async function ready({ name, env }: Process): Promise<void> {
  const url = `http://127.0.0.1:${env["PORT"]}/readyz`;
  await waitFor(
    name,
    async () => {
      const found = running().find((each) => each.name === name);
      if (!found || found.restarts > 0 || found.status === "errored")
        throw new Hopeless(`it does not stay up: ${lastWords(name)}`);
      const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(2000) });
      return ok ? undefined : `it answers ${status}`;
    },
    READY_MS,
  );
}

async function put(process: Process): Promise<void> {
  apply(process);
  await ready(process);
}

/** Running workers whose source or settings changed, with what they are now. Ports and watching stay as they are. */
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

/** Every step it takes until each running worker is what it should be; none when all are. */
export function replaceOutdated(all: Replica[], versions: Versions): Step[] {
  const changes = outdated(all, versions);
  const services = new Set(changes.map(({ replica }) => replica.worker));
  return [...services].flatMap((worker) => {
    const extra = workerProcess(spareReplica(worker), versions);
    const join = () => put(extra);
    const leave = async () => remove(extra.name);
    const own = changes.filter(({ replica }) => replica.worker === worker);
    return [
      {
        what: `${worker.name}: one replica more, of the new version`,
        run: join,
        undo: leave,
      },
      ...own.map(({ next, now }, i) => ({
        what: `${worker.name}: replica ${i + 1} of ${own.length}`,
        run: () => put(next),
        undo: () => put(now),
      })),
      {
        what: `${worker.name}: the extra replica is gone`,
        run: leave,
        undo: join,
      },
    ];
  });
}
