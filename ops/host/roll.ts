// The one rolling replacement: the new replica starts, becomes ready, the old one goes; a failure undoes all of it.
import { UserError } from "../settings/fail.ts";
import { waitFor } from "./wait.ts";

const READY_MS = 30_000;
const LOG_DELAY_MS = 1500; // the access log is written once a second

/** One replica of a version, as a runtime starts and ends it. */
export interface Instance {
  name: string;
  /** Makes it run; does nothing when it does. */
  start(): Promise<void> | void;
  /** What it lacks to be ready; undefined when it is. @throws PermanentError when it never will be. */
  missing(): Promise<string | undefined>;
  /** Ends it after its drain; does nothing when it does not run. */
  retire(): Promise<void> | void;
}

/** What must change so that a worker runs its new version. */
export interface Rollout {
  worker: string;
  /** Answers for those that are replaced on their own ports; not needed where the new one starts beside the old. */
  extra?: Instance;
  replicas: { next: Instance; now: Instance }[];
}

/** One step of a change that can be undone. */
export interface Step {
  what: string;
  run(): Promise<void>;
  /** Undoes a run that ended, or that failed half-way. */
  undo(): Promise<void>;
}

async function bringUp(instance: Instance): Promise<void> {
  await instance.start();
  await waitFor(instance.name, () => instance.missing(), READY_MS);
}

/** Every step of these rollouts, one replica at a time. */
export function steps(rollouts: Rollout[]): Step[] {
  return rollouts.flatMap(({ worker, extra, replicas }) => {
    const replacements = replicas.map(({ next, now }, i) => ({
      what: `${worker}: replica ${i + 1} of ${replicas.length}`,
      async run() {
        await bringUp(next);
        await now.retire();
      },
      async undo() {
        await bringUp(now);
        await next.retire();
      },
    }));
    if (!extra) return replacements;
    const join = () => bringUp(extra);
    const leave = async () => extra.retire();
    return [
      { what: `${worker}: one extra replica of the new version`, run: join, undo: leave },
      ...replacements,
      { what: `${worker}: the extra replica is removed`, run: leave, undo: join },
    ];
  });
}

/**
 * Runs steps one after another. When one fails, it and those before it are undone in reverse order.
 * @throws UserError that says which step failed, why, and that the old state is back.
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
      say(`  ${step.what}: failed, rolling back`);
      for (const each of done.reverse()) await each.undo();
      throw new UserError(`${step.what} failed: ${reason}. Rolled back: the version before is in service`);
    }
  }
}

/** Says how many requests of an access log were answered and how many of them with a gateway error. */
function countRequests(accessLog: string): string {
  const statuses = [...accessLog.matchAll(/"status":"(\d{3})"/g)].map(([, status]) => Number(status));
  if (statuses.length === 0) return "no requests came meanwhile";
  const failed = statuses.filter((status) => status >= 500).length;
  return `${statuses.length} requests were answered meanwhile, ${failed} of them with a 5xx`;
}

/** Deploys, and reports the requests of that time; `accessLog` returns what was logged since it began. */
export async function deployRolling(rollouts: Rollout[], accessLog: () => string): Promise<void> {
  if (rollouts.length === 0) {
    console.log("nothing to deploy: every worker is up to date");
    return;
  }
  try {
    await runSteps(steps(rollouts));
    const replaced = rollouts.flatMap(({ replicas }) => replicas).length;
    console.log(`deployed: ${replaced} replica${replaced === 1 ? "" : "s"} replaced`);
  } finally {
    await Bun.sleep(LOG_DELAY_MS);
    console.log(countRequests(accessLog()));
  }
}
