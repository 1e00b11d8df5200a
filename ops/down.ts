// make stop-project: ends what runs, wherever it runs.
import { engineObstacle } from "./compose/engine.ts";
import { stopContainers } from "./compose/stop.ts";
import { envProblem, setting } from "./lib/compose.ts";
import { main } from "./lib/fail.ts";
import { exclusively, PROJECT } from "./lib/lock.ts";
import { remember, runningRuntime } from "./lib/runtime.ts";
import { stop as stopNative } from "./native/stop.ts";

async function stop(): Promise<void> {
  if (envProblem) console.error(`warning: ${envProblem}; the defaults of compose.yaml are used`);
  const compose =
    envProblem !== undefined || setting("RUNTIME") === "compose" || runningRuntime() === "compose";
  const containers = compose && engineObstacle() === undefined && stopContainers();
  const native = await stopNative();
  remember(undefined);
  console.log(containers || native ? "stopped" : "not running: nothing to stop");
}

await main(() => exclusively(PROJECT, stop));
