// Brings the whole project up in containers; run again, it changes only what changed, and workers without a gap.
import { UserError } from "../lib/fail.ts";
import { links } from "../lib/links.ts";
import { mustRun, run } from "../lib/run.ts";
import { runSteps } from "../lib/steps.ts";
import { containers } from "./containers.ts";
import { config } from "./images.ts";
import { build, prepareFiles } from "./prepare.ts";
import { ready } from "./ready.ts";
import { replaceOutdated } from "./roll.ts";
import { stopContainers } from "./stop.ts";

const WAIT_SECONDS = "180";

function up(): void {
  const flags = ["--detach", "--no-build", "--remove-orphans", "--wait", "--wait-timeout", WAIT_SECONDS];
  const { ok, stderr } = run(["docker", "compose", "up", ...flags]);
  if (ok) return;
  const reason = stderr.split("\n").findLast((line) => /error|unhealthy|failed/i.test(line)) ?? stderr;
  throw new UserError(`the containers did not come up (make logs): ${reason.trim()}`);
}

export async function startContainers(): Promise<void> {
  const { newCertificate } = await prepareFiles();
  const before = containers();
  console.log("building the images");
  build();
  const steps = replaceOutdated();
  if (steps.length > 0) console.log("replacing the workers whose source or settings changed");
  await runSteps(steps);
  try {
    up();
    // nginx keeps the certificate it was started with, and a changed file alone makes Compose replace nothing.
    if (newCertificate) mustRun(["docker", "compose", "kill", "--signal", "HUP", "gateway"]);
    mustRun(["docker", "compose", "kill", "--signal", "HUP", "alertmanager"]); // where alerts go
    await ready();
  } catch (error) {
    if (before.length === 0) stopContainers();
    throw error;
  }
  const after = containers();
  const same = before.length === after.length && before.every((id) => after.includes(id));
  if (!same) console.log(`running: ${after.length} containers`);
  else console.log(newCertificate ? "changed: the certificate" : "already running: nothing to change");
  if (!config().services["grafana"]) console.log("Grafana is left out by COMPOSE_FILE");
  console.log(links());
}
