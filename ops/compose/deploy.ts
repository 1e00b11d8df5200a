import { build } from "../host/docker/prepare.ts";
import { run } from "../host/run.ts";
import { runSteps } from "../host/steps.ts";
import { countRequests } from "../host/traffic.ts";
import { workers } from "../settings/project.ts";
import { replaceOutdated } from "./roll.ts";

/** What the gateway answered since then, from its access log. */
function accessLogSince(since: string): string {
  return run(["docker", "compose", "logs", "--no-color", "--no-log-prefix", "--since", since, "gateway"])
    .stdout;
}

/** Builds the images and replaces, one at a time, the worker containers that are not of the new ones. */
export async function deployContainers(): Promise<void> {
  console.log("building the images");
  build(workers().map(({ name }) => name));
  const steps = replaceOutdated();
  if (steps.length === 0) {
    console.log("nothing to deploy: every worker is what the source says");
    return;
  }
  const since = new Date().toISOString();
  try {
    await runSteps(steps);
    console.log(`deployed: ${steps.length} replicas replaced`);
  } finally {
    await Bun.sleep(1500); // the access log is written once a second
    console.log(countRequests(accessLogSince(since)));
  }
}
