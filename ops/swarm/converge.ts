import { PermanentError, waitFor } from "../host/wait.ts";
import { lastError, type Service, services } from "./services.ts";

const TIMEOUT_MS = 600_000;
const POLL_MS = 900; // every look asks the engine several times
const GIVEN_UP = ["paused", "rollback_paused", "rollback_completed"];

/** Whether the tasks of a service must be replaced to become what it says now. */
function replaced(before: Service, now: Service): boolean {
  const tasks = ({ Spec }: Service) => JSON.stringify([Spec.TaskTemplate, Spec.EndpointSpec]);
  return tasks(before) !== tasks(now);
}

/** What is still missing, or undefined; `started` is when the service's last update before this one began. */
function missing(name: string, now: Service, changed: boolean, started?: string): string | undefined {
  const { State, StartedAt } = now.UpdateStatus ?? {};
  const update = StartedAt === started ? undefined : State;
  if (changed && update !== "completed") return `${name} is ${update ?? "waiting for its update"}`;
  const { RunningTasks, DesiredTasks } = now.ServiceStatus;
  return RunningTasks === DesiredTasks && DesiredTasks > 0
    ? undefined
    : `${name} has ${RunningTasks} of ${DesiredTasks} tasks`;
}

/**
 * Waits until every service runs what it should.
 * @param before the services as they were before the deployment.
 * @returns whether the deployment changed anything.
 * @throws UserError when swarm rolled an update back, with the reason of the task that failed.
 */
export async function converged(stack: string, before: Map<string, Service>): Promise<boolean> {
  const changed = new Set<string>();
  const deployed = services(stack);
  for (const [name, now] of deployed) {
    const old = before.get(name);
    if (old && replaced(old, now)) changed.add(name);
  }
  await waitFor(
    "the stack",
    async () => {
      await Bun.sleep(POLL_MS);
      for (const [name, now] of services(stack)) {
        const started = before.get(name)?.UpdateStatus?.StartedAt;
        const { State = "", StartedAt } = now.UpdateStatus ?? {};
        if (GIVEN_UP.includes(State) && StartedAt !== started) {
          throw new PermanentError(
            `${name}: ${State.replace("_", " ")}, because of: ${lastError(now.Spec.Name)}`,
          );
        }
        const lacks = missing(name, now, changed.has(name), started);
        if (lacks) return lacks;
      }
      return undefined;
    },
    TIMEOUT_MS,
  );
  const same = [...deployed].every(([name, { Spec }]) => Bun.deepEquals(Spec, before.get(name)?.Spec));
  return !same || deployed.size !== before.size;
}
