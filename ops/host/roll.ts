// Rolling replacement: a new replica starts and becomes ready before the old one is retired; a failure rolls back.
import { UserError } from "../settings/fail.ts";
import { settle, waitFor } from "./wait.ts";

const READY_MS = 30_000;
/** From the moment it is ready, an extra replica is watched at least this long before it is removed. */
const WATCHED_MS = 3000;
const LOG_DELAY_MS = 1500; // the access log is written once a second

/** A failure after every replica was replaced: the deployment stands, and the command fails. */
export class AfterwardsError extends UserError {}

/** Runs what follows the replacements. @throws AfterwardsError with what fails then. */
export async function afterwards<T>(run: () => Promise<T> | T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new AfterwardsError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** One replica of one version. */
export interface Instance {
  name: string;
  /** Starts it; does nothing when it runs. */
  start(): Promise<void> | void;
  /** Why it is not ready; undefined when it is. @throws PermanentError when it cannot become ready. */
  missing(): Promise<string | undefined>;
  /** @throws PermanentError when it ended after it was ready. */
  stays?(): Promise<unknown>;
  /** Stops it after its drain; does nothing when it does not run. */
  retire(): Promise<void> | void;
}

/** The replacements of one worker. */
export interface Rollout {
  worker: string;
  /** Answers while replicas are replaced on their own ports; not needed where a new one starts beside the old. */
  extra?: Instance;
  replicas: { next: Instance; now: Instance }[];
  /** No replica answers now: there is no version to roll back to. */
  down?: boolean;
}

/** A step that can be undone. */
export interface Step {
  what: string;
  run(): Promise<void>;
  /** Also after a `run` that failed half-way. */
  undo(): Promise<void>;
  /** The worker, if no replica of it answers before. */
  down?: string;
}

async function bringUp(instance: Instance): Promise<void> {
  await instance.start();
  await waitFor(instance.name, () => instance.missing(), READY_MS);
}

const stay = (instances: Instance[]) => Promise.all(instances.map((one) => one.stays?.()));

/** The same for the first replica of a new version, before any other is replaced. @returns when it was ready. */
async function tryOut(instance: Instance): Promise<number> {
  await bringUp(instance);
  const ready = performance.now();
  await settle(() => stay([instance]));
  return ready;
}

/** The last steps: a replica may end seconds after it was ready, while others are replaced. */
function lastCheck({ worker, extra, replicas, down }: Rollout): Step {
  const all = replicas.map(({ next }) => next);
  return {
    what: `${worker}: the new version keeps running`,
    run: async () => void (await (extra ? stay(all) : settle(() => stay(all)))),
    undo: async () => undefined,
    ...(down && { down: worker }),
  };
}

/** The steps of these rollouts, one replica at a time. */
export function steps(rollouts: Rollout[]): Step[] {
  const replacements = rollouts.flatMap(({ worker, extra, replicas, down }) => {
    const replacements = replicas.map(({ next, now }, i) => ({
      what: `${worker}: replica ${i + 1} of ${replicas.length}`,
      async run() {
        await (i === 0 && !extra ? tryOut : bringUp)(next);
        await now.retire();
      },
      async undo() {
        await (down ? now.start() : bringUp(now));
        await next.retire();
      },
    }));
    const mark = <S extends Step>(all: S[]) => (down ? all.map((step) => ({ ...step, down: worker })) : all);
    if (!extra) return mark(replacements);
    let ready = 0;
    const join = async () => {
      ready = await tryOut(extra);
    };
    const leave = async () => extra.retire();
    const check = async () => {
      const all = () => stay([extra, ...replicas.map(({ next }) => next)]);
      await settle(all);
      await settle(all, ready, WATCHED_MS); // where there are few replicas
      await leave();
    };
    // The previous version comes back also where the new one does not start again.
    const rejoin = () => bringUp(extra).catch(() => undefined);
    return mark([
      { what: `${worker}: one extra replica of the new version`, run: join, undo: leave },
      ...replacements,
      { what: `${worker}: the extra replica is removed`, run: check, undo: rejoin },
    ]);
  });
  return [...replacements, ...rollouts.map(lastCheck)];
}

/** Undoes steps in reverse order, up to one that cannot be undone: what still runs then keeps serving. @returns the outcome. */
async function rollBack(done: Step[]): Promise<string> {
  for (const step of done.toReversed()) {
    try {
      await step.undo();
    } catch (error) {
      return `The rollback failed too, at ${step.what}: ${(error as Error).message}`;
    }
  }
  const down = done.at(-1)?.down;
  if (down === undefined) return "Rolled back to the previous version";
  const others = done.some((step) => step.down !== down) ? "; the other workers are rolled back" : "";
  return `No replica of ${down} served before, and none does now${others}`;
}

/**
 * Runs the steps in order. When one fails, it and those before it are undone in reverse order.
 * @throws UserError with the failed step and the reason.
 */
export async function runSteps(steps: Step[], say: (line: string) => void = console.log): Promise<void> {
  const done: Step[] = [];
  for (const step of steps) {
    done.push(step);
    try {
      await step.run();
      say(`  ${step.what}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`  ${step.what} failed: ${reason}`);
      throw new UserError(`${step.what} failed: ${reason}. ${await rollBack(done)}`);
    }
  }
}

/** Counts the requests of an access log and those with a 5xx, as a sentence. */
function countRequests(accessLog: string): string {
  const statuses = [...accessLog.matchAll(/"status":"(\d{3})"/g)].map(([, status]) => Number(status));
  if (statuses.length === 0) return "no requests came meanwhile";
  const failed = statuses.filter((status) => status >= 500).length;
  return `requests answered meanwhile: ${statuses.length}, with a 5xx: ${failed}`;
}

/** Of a worker of compose.yaml that a deployment does not start: the gateway does not know it. */
export const notRunning = (worker: string) => `${worker} does not run yet: make start-project starts it`;

/** The replacements of a start. @throws UserError after a rollback. */
export async function replace(rollouts: Rollout[]): Promise<void> {
  if (rollouts.length > 0) console.log("replacing the workers whose source or settings changed");
  await runSteps(steps(rollouts));
}

/** Runs the rollouts and reports the requests meanwhile; `accessLog` returns the log since the start, `delayMs` after the end. */
export async function deployRolling(
  rollouts: Rollout[],
  accessLog: () => string | Promise<string>,
  delayMs = LOG_DELAY_MS,
): Promise<void> {
  if (rollouts.length === 0) {
    console.log("nothing to deploy: every running replica is up to date");
    return;
  }
  const report = async () => {
    await Bun.sleep(delayMs);
    console.log(countRequests(await accessLog()));
  };
  try {
    await runSteps(steps(rollouts));
  } catch (error) {
    await report().catch(() => undefined); // must not hide why it failed
    throw error;
  }
  const replaced = rollouts.flatMap(({ replicas }) => replicas).length;
  console.log(`deployed: ${replaced} replica${replaced === 1 ? "" : "s"} replaced`);
  await afterwards(report);
}
