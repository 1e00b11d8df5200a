// make reload
import { reloadContainers } from "./compose/reload.ts";
import { main, UserError } from "./lib/fail.ts";
import { runningRuntime } from "./lib/runtime.ts";
import { validateSettings } from "./lib/validate.ts";
import { reload as reloadNative } from "./native/reload.ts";

await main(async () => {
  validateSettings();
  const runtime = runningRuntime();
  if (!runtime) throw new UserError("not running: make start-project");
  await (runtime === "compose" ? reloadContainers() : reloadNative());
  console.log("gateway reloaded; every password is checked anew");
});
