import { existsSync, readFileSync, statSync } from "node:fs";
import { runSteps } from "../host/steps.ts";
import { countRequests } from "../host/traffic.ts";
import { bundleWorkers } from "./bundle.ts";
import { ACCESS_LOG } from "./paths.ts";
import { replicas } from "./replicas.ts";
import { replaceOutdated } from "./roll.ts";

/** Replaces, one at a time, the running workers that are not what the source says. */
export async function deployNative(): Promise<void> {
  const steps = replaceOutdated(replicas(), await bundleWorkers());
  if (steps.length === 0) {
    console.log("nothing to deploy: every worker is what the source says");
    return;
  }
  const offset = existsSync(ACCESS_LOG) ? statSync(ACCESS_LOG).size : 0;
  try {
    await runSteps(steps);
    console.log("deployed");
  } finally {
    await Bun.sleep(1500); // the access log is written once a second
    console.log(countRequests(readFileSync(ACCESS_LOG).subarray(offset).toString()));
  }
}
