// make deploy: the running workers become what the source says now, without a lost request; or stay what they are.
import { deployContainers } from "./compose/deploy.ts";
import { exclusively, PROJECT } from "./host/lock.ts";
import { deployNative } from "./native/deploy.ts";
import { runningRuntime } from "./runtime.ts";
import { main, UserError } from "./settings/fail.ts";
import { validateSettings } from "./settings/validate.ts";

async function deploy(): Promise<void> {
  validateSettings();
  const runtime = runningRuntime();
  if (!runtime) throw new UserError("not running: make start-project");
  await (runtime === "compose" ? deployContainers() : deployNative());
}

await main(() => exclusively(PROJECT, deploy));
