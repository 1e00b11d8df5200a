// make logs
import { main } from "./lib/fail.ts";
import { attach } from "./lib/run.ts";
import { runningRuntime } from "./lib/runtime.ts";

await main(() => {
  if (runningRuntime() === "compose")
    process.exit(attach(["docker", "compose", "logs", "--follow", "--tail", "20"]));
  process.exit(attach(["bash", "-c", "exec tail -n 20 -F .state/logs/*.log"]));
});
