// Prints how many targets Prometheus scrapes.
import { main } from "./lib/fail.ts";
import { expectedTargets } from "./lib/targets.ts";

await main(() => console.log(expectedTargets()));
