// Brings the whole project up in containers; run again, it changes only what changed, and workers without a gap.

import { config } from "../host/docker/images.ts";
import { build, prepareFiles } from "../host/docker/prepare.ts";
import { links } from "../host/links.ts";
import { run } from "../host/run.ts";
import { runSteps } from "../host/steps.ts";
import { UserError } from "../settings/fail.ts";
import { applyConfiguration, partition, stageConfiguration, tryConfiguration } from "./configuration.ts";
import { containers } from "./containers.ts";
import { ready } from "./ready.ts";
import { reloadMonitoring } from "./reload.ts";
import { replaceOutdated } from "./roll.ts";
import { stopContainers } from "./stop.ts";

const WAIT_SECONDS = "180";

function up(services: string[] = []): void {
  const flags = ["--detach", "--no-build", "--remove-orphans", "--wait", "--wait-timeout", WAIT_SECONDS];
  const { ok, stderr } = run(["docker", "compose", "up", ...flags, ...services]);
  if (ok) return;
  const reason = stderr.split("\n").findLast((line) => /error|unhealthy|failed/i.test(line)) ?? stderr;
  throw new UserError(`the containers did not come up (make logs): ${reason.trim()}`);
}

export async function startContainers(): Promise<void> {
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
  const steps = replaceOutdated();
  if (steps.length > 0) console.log("replacing the workers whose source or settings changed");
  await runSteps(steps);
  try {
    applyConfiguration(reload ? running : []);
    // The gateway last, and alone: it is away for as long as its own container takes, not until the verifiers are healthy.
    for (const service of others) up(["--no-deps", service]);
    up();
    reloadMonitoring(); // a changed file alone makes Compose replace nothing
    await ready();
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
