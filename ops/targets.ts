// How many targets Prometheus scrapes: every replica, and what else its configuration names.
import { workers } from "./lib/compose.ts";

const OTHERS = ["gateway", "prometheus"];
console.log(workers().reduce((sum, { replicas }) => sum + replicas, OTHERS.length));
