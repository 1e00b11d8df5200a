// Prints how many targets Prometheus scrapes.

import { expectedTargets } from "./host/scrape-targets.ts";
import { main } from "./settings/fail.ts";

await main(() => console.log(expectedTargets()));
