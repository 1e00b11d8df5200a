// make stop-project: ends what runs, wherever it runs.

import { stopContainers } from "./compose/stop.ts";
import { engineObstacle } from "./host/docker/engine.ts";
import { exclusively, PROJECT } from "./host/lock.ts";
import { stop as stopNative } from "./native/stop.ts";
import { remember, runningRuntime } from "./runtime.ts";
import { main } from "./settings/fail.ts";
import { envProblem, setting } from "./settings/project.ts";

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
