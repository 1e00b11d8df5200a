// Rolling replacement: a new replica starts and becomes ready before the old one is retired; a failure rolls back.
import { UserError } from "../settings/fail.ts";
import { waitFor } from "./wait.ts";

const READY_MS = 30_000;
const LOG_DELAY_MS = 1500; // the access log is written once a second

/** One replica of one version. */
export interface Instance {
  name: string;
  /** Starts it; does nothing when it runs. */
  start(): Promise<void> | void;
  /** Why it is not ready; undefined when it is. @throws PermanentError when it cannot become ready. */
  missing(): Promise<string | undefined>;
  /** Stops it after its drain; does nothing when it does not run. */
  retire(): Promise<void> | void;
}

/** The replacements of one worker. */
export interface Rollout {
  worker: string;
  /** Answers while replicas are replaced on their own ports; not needed where a new one starts beside the old. */
  extra?: Instance;
  replicas: { next: Instance; now: Instance }[];
}

/** A step that can be undone. */
export interface Step {
  what: string;
  run(): Promise<void>;
  /** Also after a `run` that failed half-way. */
  undo(): Promise<void>;
}

async function bringUp(instance: Instance): Promise<void> {
  await instance.start();
  await waitFor(instance.name, () => instance.missing(), READY_MS);
}

/** The steps of these rollouts, one replica at a time. */
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
      say(`  ${step.what}: failed, rolling back`);
      for (const each of done.reverse()) await each.undo();
      throw new UserError(`${step.what} failed: ${reason}. Rolled back to the previous version`);
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

/** Runs the rollouts and reports the requests meanwhile; `accessLog` returns the log since the start. */
export async function deployRolling(rollouts: Rollout[], accessLog: () => string): Promise<void> {
  if (rollouts.length === 0) {
    console.log("nothing to deploy: every running replica is up to date");
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
