// make stack-deploy: compose.yaml with ops/swarm/stack.yaml on this swarm; returns when it runs or was taken back.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { guessable } from "../../gateway/passwords.ts";
import { packContainerGateway } from "../host/docker/gateway-tree.ts";
import { prepareFiles } from "../host/docker/prepare.ts";
import { expectedReplicas } from "../host/expected-replicas.ts";
import { madeOnce, randomText } from "../host/made-once.ts";
import { mustRun } from "../host/run.ts";
import { main, UserError } from "../settings/fail.ts";
import { settings } from "../settings/project.ts";
import { validateSettings } from "../settings/validate.ts";
import { converged } from "./converge.ts";
import { pinLocally } from "./images.ts";
import { DEPLOYED, type Node, nodes, readPins, STATE, stackModel } from "./model.ts";
import { render } from "./render.ts";
import { removeUnused, services } from "./services.ts";

const KEEPS_STATE = "fortress.state";

function refuseUnfit(cluster: Node[], pins: Record<string, string> | undefined): void {
  // Swarm publishes on every address of a node: loopback is no excuse here.
  validateSettings({ ...settings, BIND_ADDRESS: "0.0.0.0" });
  if (!pins && cluster.length > 1)
    throw new UserError(`${cluster.length} nodes pull from a registry: make stack-push REGISTRY=... first`);
  if (!cluster.some(({ Spec }) => Spec.Labels[KEEPS_STATE] === "true"))
    throw new UserError(
      `no node keeps the state yet: docker node update --label-add ${KEEPS_STATE}=true NODE`,
    );
}

await main(async () => {
  const cluster = nodes();
  const pins = readPins();
  refuseUnfit(cluster, pins);
  await prepareFiles();
  const [user] = await guessable();
  if (user) throw new UserError(`the password of ${user} is guessable: make user-add NAME=${user}`);

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
  await converged(model.name, before);
  removeUnused(model.name);
  console.log(`deployed: ${model.name} on ${cluster.length} node${cluster.length === 1 ? "" : "s"}`);
});
