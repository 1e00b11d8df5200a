// make dashboards: a proxy on loopback into the network of the dashboards, for as long as it is not ended.
import { join } from "node:path";
import { attach, mustRun } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT, setting } from "../settings/project.ts";

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
