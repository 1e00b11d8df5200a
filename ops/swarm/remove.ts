// make stack-remove: services, networks, secrets and configs go; volumes with data stay where they are.
import { rmSync } from "node:fs";
import { mustRun } from "../host/run.ts";
import { waitFor } from "../host/wait.ts";
import { main } from "../settings/fail.ts";
import { DEPLOYED, nodes, stackModel } from "./model.ts";
import { services } from "./services.ts";

const TIMEOUT_MS = 120_000;

await main(async () => {
  nodes();
  const { name: stack } = stackModel();
  if (services(stack).size === 0) {
    rmSync(DEPLOYED, { force: true }); // removed by other means
    console.log("nothing is deployed here");
    return;
  }
  mustRun(["docker", "stack", "rm", stack]);
  await waitFor(
    "the stack to leave",
    async () => {
      const left = mustRun([
        "docker",
        "network",
        "ls",
        "--quiet",
        "--filter",
        `label=com.docker.stack.namespace=${stack}`,
      ]);
      return left === "" ? undefined : "its networks are still in use";
    },
    TIMEOUT_MS,
  );
  rmSync(DEPLOYED, { force: true });
  console.log("removed; volumes stay (docker volume ls on each node)");
});
