// make logs

import { attach } from "./host/run.ts";
import { runningRuntime } from "./runtime.ts";
import { main, UserError } from "./settings/fail.ts";

await main(() => {
  const runtime = runningRuntime();
  if (!runtime)
    throw new UserError("not running: make start-project (a native run leaves its logs in .state/logs)");
  if (runtime === "compose") process.exit(attach(["docker", "compose", "logs", "--follow", "--tail", "20"]));
  process.exit(attach(["bash", "-c", "exec tail -n 20 -F .state/logs/*.log"]));
});
