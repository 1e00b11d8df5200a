// The runtime "swarm": a stack on several machines. Swarm does the rolling replacement (stack.yaml).
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { attach, mustRun } from "../host/run.ts";
import { waitFor } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT, setting } from "../settings/project.ts";
import { push as pushTo } from "./images.ts";
import { DEPLOYED, nodes, PINS, stackModel, swarmObstacle } from "./model.ts";
import { NOT_DEPLOYED, services } from "./services.ts";

export { backup, restore } from "./backup.ts";
export { deploy, deploy as reload, deploy as start } from "./deploy.ts";
export { build } from "./images.ts";
export { swarmObstacle as obstacle } from "./model.ts";
export { status } from "./services.ts";
export { discard, running, stored } from "./versions.ts";

const TIMEOUT_MS = 120_000;

export const where = "on the swarm";

export function isRunning(): boolean {
  return swarmObstacle() === undefined && services(stackModel().name).size > 0;
}

/** Removes services, networks, secrets and configs; volumes stay. */
export async function stop(): Promise<boolean> {
  nodes();
  const { name: stack } = stackModel();
  const there = services(stack).size > 0;
  if (there) {
    mustRun(["docker", "stack", "rm", stack]);
    const label = `label=com.docker.stack.namespace=${stack}`;
    await waitFor(
      "the removal of the stack",
      async () => {
        const left = mustRun(["docker", "network", "ls", "--quiet", "--filter", label]);
        return left === "" ? undefined : "its networks are still in use";
      },
      TIMEOUT_MS,
    );
    console.log("volumes stay (docker volume ls on each node)");
  }
  rmSync(DEPLOYED, { force: true }); // also when the stack was removed by other means
  return there;
}

/** Follows all services; `docker service logs` follows one. */
export async function logs(): Promise<number> {
  const { name: stack } = stackModel();
  if (services(stack).size === 0) throw new UserError(NOT_DEPLOYED);
  const followers = [...services(stack).keys()].map((service) =>
    Bun.spawn(["docker", "service", "logs", "--follow", "--tail", "20", `${stack}_${service}`], {
      stdio: ["ignore", "inherit", "inherit"],
    }),
  );
  return Math.max(...(await Promise.all(followers.map(({ exited }) => exited))));
}

export async function push(): Promise<void> {
  await pushTo(setting("REGISTRY"));
  console.log(`pinned by digest in ${PINS}`);
}

/** The users are a secret of the stack and change with a deployment. */
export function users() {
  if (!existsSync(DEPLOYED)) return undefined;
  return { place: "the swarm", later: "make deploy RUNTIME=swarm" };
}

const PORTS = { Prometheus: ["PROMETHEUS_PORT", 9090], Grafana: ["GRAFANA_PORT", 3000] } as const;

export function dashboards(): number {
  const gateway = mustRun(["docker", "ps", "--quiet", "--filter", "name=fortress_gateway"]).split("\n")[0];
  if (!gateway)
    throw new UserError("no gateway of the stack runs on this machine: make ps RUNTIME=swarm on a manager");
  const image = mustRun(["docker", "inspect", "--format", "{{.Config.Image}}", gateway]);
  const config = join(ROOT, "ops/swarm/dashboards.conf");
  const published = Object.entries(PORTS).flatMap(([name, [variable, port]]) => {
    console.log(`${name.padEnd(12)}http://127.0.0.1:${setting(variable)}`);
    return ["--publish", `127.0.0.1:${setting(variable)}:${port}`];
  });
  const options = ["--rm", "--read-only", "--cap-drop=ALL", "--tmpfs=/tmp", "--network=fortress_dashboards"];
  const name = "--name=fortress-dashboards";
  const mount = `--volume=${config}:/etc/nginx/dashboards.conf:ro`;
  const command = ["-e", "stderr", "-c", "/etc/nginx/dashboards.conf", "-g", "daemon off;"];
  const run = ["docker", "run", name, ...options, ...published, mount, "--entrypoint=nginx", image];
  return attach([...run, ...command]);
}
