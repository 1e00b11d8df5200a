// Prints how many targets Prometheus scrapes.
import { expectedTargets } from "./lib/targets.ts";

console.log(expectedTargets());
