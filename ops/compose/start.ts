// Starts and reloads the project in containers. A start that is run again changes only what changed, and workers
// without a gap.
import { config } from "../host/docker/engine.ts";
import { build, prepareFiles } from "../host/docker/prepare.ts";
import { links } from "../host/links.ts";
import { clearAuthCache } from "../host/prepare.ts";
import { ready } from "../host/ready.ts";
import { runSteps, steps } from "../host/roll.ts";
import { mustRun, run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import {
  applyConfiguration,
  NGINX_SERVICES,
  partition,
  stageConfiguration,
  tryConfiguration,
} from "./configuration.ts";
import { containers, stopContainers } from "./containers.ts";
import { rollouts } from "./roll.ts";

const WAIT_SECONDS = "180";

function up(services: string[] = []): void {
  const flags = ["--detach", "--no-build", "--remove-orphans", "--wait", "--wait-timeout", WAIT_SECONDS];
  const { ok, stderr } = run(["docker", "compose", "up", ...flags, ...services]);
  if (ok) return;
  const reason = stderr.split("\n").findLast((line) => /error|unhealthy|failed/i.test(line)) ?? stderr;
  throw new UserError(`the containers did not come up (make logs): ${reason.trim()}`);
}

export async function start(): Promise<void> {
  await prepareFiles();
  const before = containers();
  console.log("building the images");
  build();
  const reload = stageConfiguration() && before.length > 0;
  const { running, others } = before.length > 0 ? partition() : { running: [], others: [] };
  if (reload) {
    tryConfiguration(others, "new");
    tryConfiguration(running);
  }
  const rolled = rollouts();
  if (rolled.length > 0) console.log("replacing the workers whose source or settings changed");
  await runSteps(steps(rolled));
  try {
    applyConfiguration(reload ? running : []);
    // The gateway last, and alone: it is away for as long as its own container takes, not until the verifiers are healthy.
    for (const service of others) up(["--no-deps", service]);
    up();
    reloadMonitoring(); // a changed file alone makes Compose replace nothing
    await ready("make logs");
  } catch (error) {
    if (before.length === 0) stopContainers();
    throw error;
  }
  const after = containers();
  const same = before.length === after.length && before.every((id) => after.includes(id));
  if (!same) console.log(`running: ${after.length} containers`);
  else if (reload) console.log("changed: the gateway's configuration, reloaded in place");
  else console.log("already running: nothing to change");
  if (!config().services["grafana"]) console.log("Grafana is left out by COMPOSE_FILE");
  console.log(links());
}

/** What else reads its files again: where alerts go, what is probed, the rules. */
function reloadMonitoring(): void {
  const services = ["alertmanager", "blackbox-exporter", "prometheus"];
  mustRun(["docker", "compose", "kill", "--signal", "HUP", ...services]);
}

/** Templates, settings, certificate and passwords are read again in the running containers; no request is lost. */
export async function reload(): Promise<void> {
  await prepareFiles();
  stageConfiguration();
  tryConfiguration(NGINX_SERVICES);
  applyConfiguration(NGINX_SERVICES);
  reloadMonitoring();
  await clearAuthCache(() => {
    const forget = "rm -rf /run/auth/cache/* /run/auth/recent/*";
    mustRun(["docker", "compose", "exec", "-T", "gateway", "sh", "-c", forget]);
  });
}
