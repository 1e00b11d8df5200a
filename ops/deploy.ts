// make deploy: the running workers become what the source says now, without a lost request; or stay what they are.
import { deployContainers } from "./compose/deploy.ts";
import { main, UserError } from "./lib/fail.ts";
import { exclusively, PROJECT } from "./lib/lock.ts";
import { runningRuntime } from "./lib/runtime.ts";
import { validateSettings } from "./lib/validate.ts";
import { deployNative } from "./native/deploy.ts";

async function deploy(): Promise<void> {
  validateSettings();
  const runtime = runningRuntime();
  if (!runtime) throw new UserError("not running: make start-project");
  await (runtime === "compose" ? deployContainers() : deployNative());
}

await main(() => exclusively(PROJECT, deploy));
