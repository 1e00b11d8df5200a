// make reload
import { reloadContainers } from "./compose/reload.ts";
import { exclusively, PROJECT } from "./host/lock.ts";
import { reload as reloadNative } from "./native/reload.ts";
import { runningRuntime } from "./runtime.ts";
import { main, UserError } from "./settings/fail.ts";
import { validateSettings } from "./settings/validate.ts";

async function reload(): Promise<void> {
  validateSettings();
  const runtime = runningRuntime();
  if (!runtime) throw new UserError("not running: make start-project");
  await (runtime === "compose" ? reloadContainers() : reloadNative());
  console.log("gateway reloaded; every password is checked anew");
}

await main(() => exclusively(PROJECT, reload));
