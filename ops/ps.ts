// make ps

import { attach } from "./host/run.ts";
import { runningRuntime } from "./runtime.ts";
import { main } from "./settings/fail.ts";

await main(() => {
  if (runningRuntime() === "compose") process.exit(attach(["docker", "compose", "ps", "--all"]));
  process.exit(attach([process.execPath, "ops/native/ps.ts"]));
});
