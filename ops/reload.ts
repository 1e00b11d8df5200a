// make reload
import { reloadContainers } from "./compose/reload.ts";
import { main, UserError } from "./lib/fail.ts";
import { exclusively, PROJECT } from "./lib/lock.ts";
import { runningRuntime } from "./lib/runtime.ts";
import { validateSettings } from "./lib/validate.ts";
import { reload as reloadNative } from "./native/reload.ts";

async function reload(): Promise<void> {
  validateSettings();
  const runtime = runningRuntime();
  if (!runtime) throw new UserError("not running: make start-project");
  await (runtime === "compose" ? reloadContainers() : reloadNative());
  console.log("gateway reloaded; every password is checked anew");
}

await main(() => exclusively(PROJECT, reload));
