// make stack-remove: services, networks, secrets and configs go; volumes with data stay where they are.
import { main } from "../lib/fail.ts";
import { mustRun } from "../lib/run.ts";
import { waitFor } from "../lib/wait.ts";
import { nodes, stackModel } from "./model.ts";
import { services } from "./services.ts";

const TIMEOUT_MS = 120_000;

await main(async () => {
  nodes();
  const { name: stack } = stackModel();
  if (services(stack).size === 0) {
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
  console.log("removed; volumes stay (docker volume ls on each node)");
});
