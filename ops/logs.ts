// make logs
import { main, UserError } from "./lib/fail.ts";
import { attach } from "./lib/run.ts";
import { runningRuntime } from "./lib/runtime.ts";

await main(() => {
  const runtime = runningRuntime();
  if (!runtime)
    throw new UserError("not running: make start-project (a native run leaves its logs in .state/logs)");
  if (runtime === "compose") process.exit(attach(["docker", "compose", "logs", "--follow", "--tail", "20"]));
  process.exit(attach(["bash", "-c", "exec tail -n 20 -F .state/logs/*.log"]));
});
