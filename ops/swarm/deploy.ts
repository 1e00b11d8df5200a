// Deploys compose.yaml with ops/swarm/stack.yaml; returns when the update is complete or rolled back.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packContainerGateway } from "../host/docker/gateway-tree.ts";
import { prepareFiles } from "../host/docker/prepare.ts";
import { startableHere } from "../host/docker/worker-secrets.ts";
import { mustRun } from "../host/run.ts";
import { expectations } from "../host/scrape-targets.ts";
import { randomText, storedSecret } from "../host/state.ts";
import type { Replacing, Wanted } from "../host/versions.ts";
import { PermanentError, waitFor } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { settings, workers } from "../settings/project.ts";
import { validateSettings } from "../settings/validate.ts";
import { pin } from "./images.ts";
import {
  checkRegistry,
  DEPLOYED,
  type Node,
  nodes,
  readPins,
  STATE,
  stackModel,
  withoutServices,
} from "./model.ts";
import { render } from "./render.ts";
import { lastError, removeUnused, type Service, services } from "./services.ts";
import { changedWorkers, withVersions } from "./versions.ts";

/** A swarm publishes on every address of a node, whatever BIND_ADDRESS is. */
const ALL_ADDRESSES = "0.0.0.0";
const STATE_LABEL = "fortress.state";

function checkCluster(cluster: Node[]): void {
  validateSettings({ ...settings, BIND_ADDRESS: ALL_ADDRESSES });
  checkRegistry(cluster, readPins());
  if (!cluster.some(({ Spec }) => Spec.Labels[STATE_LABEL] === "true"))
    throw new UserError(
      `no node has the state label: docker node update --label-add ${STATE_LABEL}=true NODE`,
    );
}

/** Also starts and reloads: a deployment includes settings, certificate and users. */
export async function deploy(wanted: Wanted, replacing: Replacing = () => undefined): Promise<void> {
  const cluster = nodes();
  checkCluster(cluster);
  await prepareFiles(ALL_ADDRESSES);
  // An engine hands out a secret's content, whatever the mode of its file.
  const started = startableHere("started", () => true);
  const lacking = workers().filter(({ name }) => !started.some((each) => each.name === name));
  const model = withoutServices(
    stackModel(),
    lacking.map(({ name }) => name),
  );
  const built = Object.entries(model.services).filter(([, { image }]) => image.startsWith("fortress/"));
  const expected = built.flatMap(([name, { deploy }]) => {
    const { replicas } = (deploy ?? {}) as { replicas?: number };
    return replicas === undefined ? [] : [{ name, replicas }];
  });
  mkdirSync(join(STATE, "expected"), { recursive: true });
  writeFileSync(join(STATE, "expected/expected-replicas.yml"), expectations(expected));
  packContainerGateway(join(STATE, "gateway.tar"));
  const namesKey = storedSecret("swarm/names.key", randomText); // a new key changes every name once
  const images = pin(wanted.versions);
  const stack = render(withVersions(model, wanted.versions), model.name, images, namesKey);
  writeFileSync(DEPLOYED, JSON.stringify(stack, null, 2), { mode: 0o600 });
  const before = services(model.name);
  replacing(changedWorkers(wanted.versions));
  // Images are already pinned; nodes use the manager's registry credentials.
  mustRun([
    "docker",
    "stack",
    "deploy",
    ...(lacking.length > 0 ? [] : ["--prune"]), // one that runs stays, with the secrets it has
    "--with-registry-auth",
    "--resolve-image",
    "never",
    "-c",
    DEPLOYED,
    model.name,
  ]);
  const changed = await converged(model.name, before);
  removeUnused(model.name);
  const machines = `${cluster.length} node${cluster.length === 1 ? "" : "s"}`;
  if (changed) console.log(`deployed: ${model.name} on ${machines}`);
  else console.log(`already running on ${machines}: nothing to deploy, nothing to change`);
}

const TIMEOUT_MS = 600_000;
const POLL_MS = 900; // each poll makes several calls
const FAILED_STATES = ["paused", "rollback_paused", "rollback_completed"];

/** Whether an update replaces the tasks of a service. */
function replaced(before: Service, now: Service): boolean {
  const tasks = ({ Spec }: Service) => JSON.stringify([Spec.TaskTemplate, Spec.EndpointSpec]);
  return tasks(before) !== tasks(now);
}

/** Why a service has not converged, or undefined; `started` is the start of its previous update. */
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
 * Waits until every service has converged.
 * @param before the services before the deployment.
 * @returns whether the deployment changed anything.
 * @throws UserError when swarm rolled an update back, with the error of the failed task.
 */
async function converged(stack: string, before: Map<string, Service>): Promise<boolean> {
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
        if (FAILED_STATES.includes(State) && StartedAt !== started) {
          throw new PermanentError(`${name}: ${State.replace("_", " ")}: ${lastError(now.Spec.Name)}`);
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
