// make ps
import { main } from "./lib/fail.ts";
import { attach } from "./lib/run.ts";
import { runningRuntime } from "./lib/runtime.ts";

await main(() => {
  if (runningRuntime() === "compose") process.exit(attach(["docker", "compose", "ps", "--all"]));
  process.exit(attach([process.execPath, "ops/native/ps.ts"]));
});
