// make start-project: chooses where to run, installs what that needs, brings everything up.

import { startContainers } from "./compose/start.ts";
import { stopContainers } from "./compose/stop.ts";
import { closeEnvFile } from "./host/close-env-file.ts";
import { exclusively, lockedForChild, PROJECT } from "./host/lock.ts";
import { attach } from "./host/run.ts";
import { stop as stopNative } from "./native/stop.ts";
import { chooseRuntime, remember, runningRuntime } from "./runtime.ts";
import { main } from "./settings/fail.ts";
import { validateSettings } from "./settings/validate.ts";

async function start(): Promise<void> {
  validateSettings();
  const closed = closeEnvFile();
  if (closed) console.log(closed);
  const before = runningRuntime();
  const { runtime, why } = chooseRuntime();
  if (why)
    console.log(`runtime: ${runtime === "native" ? "native processes" : "containers"}, because ${why}`);
  if (before && before !== runtime) {
    console.log(`stopping what runs ${before === "native" ? "natively" : "in containers"}`);
    if (before === "native") await stopNative();
    else stopContainers();
  }
  remember(runtime);
  if (runtime === "compose") {
    await startContainers();
  } else {
    const packages = (process.env["NATIVE_PACKAGES"] ?? "").split(" ").filter(Boolean);
    const code =
      attach(["ops/bootstrap.sh", ...packages]) ||
      attach([process.execPath, "ops/native/start.ts"], lockedForChild());
    if (code !== 0) process.exit(code);
  }
}

await main(() => exclusively(PROJECT, start));
