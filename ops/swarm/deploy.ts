// Deploys compose.yaml with ops/swarm/stack.yaml on this swarm; returns when it runs or was rolled back.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packContainerGateway } from "../host/docker/gateway-tree.ts";
import { prepareFiles } from "../host/docker/prepare.ts";
import { mustRun } from "../host/run.ts";
import { expectedReplicas } from "../host/scrape-targets.ts";
import { madeOnce, randomText } from "../host/state.ts";
import { UserError } from "../settings/fail.ts";
import { settings } from "../settings/project.ts";
import { validateSettings } from "../settings/validate.ts";
import { converged } from "./converge.ts";
import { pinLocally } from "./images.ts";
import { DEPLOYED, type Node, nodes, readPins, STATE, stackModel } from "./model.ts";
import { render } from "./render.ts";
import { removeUnused, services } from "./services.ts";

/** A swarm publishes on every address of a node, whatever BIND_ADDRESS is. */
const EVERYWHERE = "0.0.0.0";
const KEEPS_STATE = "fortress.state";

function refuseUnfit(cluster: Node[], pins: Record<string, string> | undefined): void {
  validateSettings({ ...settings, BIND_ADDRESS: EVERYWHERE });
  if (!pins && cluster.length > 1)
    throw new UserError(`${cluster.length} nodes pull from a registry: make push REGISTRY=... first`);
  if (!cluster.some(({ Spec }) => Spec.Labels[KEEPS_STATE] === "true"))
    throw new UserError(
      `no node keeps the state yet: docker node update --label-add ${KEEPS_STATE}=true NODE`,
    );
}

export async function deploy(): Promise<void> {
  const cluster = nodes();
  const pins = readPins();
  refuseUnfit(cluster, pins);
  await prepareFiles(EVERYWHERE);
  const model = stackModel();
  const workers = Object.entries(model.services).filter(([, { image }]) => image.startsWith("fortress/"));
  const expected = workers.flatMap(([name, { deploy }]) => {
    const { replicas } = (deploy ?? {}) as { replicas?: number };
    return replicas === undefined ? [] : [{ name, replicas, environment: {} }];
  });
  mkdirSync(join(STATE, "expected"), { recursive: true });
  writeFileSync(join(STATE, "expected/expected-replicas.yml"), expectedReplicas(expected));
  packContainerGateway(join(STATE, "gateway.tar"));
  const namesKey = madeOnce("swarm/names.key", randomText); // a lost one changes every name once
  const images = pins ?? pinLocally();
  writeFileSync(DEPLOYED, JSON.stringify(render(model, model.name, images, namesKey), null, 2), {
    mode: 0o600,
  });
  const before = services(model.name);
  // Images are pinned already, and nodes may use the manager's credentials for the registry.
  mustRun([
    "docker",
    "stack",
    "deploy",
    "--prune",
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
