export { database } from "./database.ts";
export { withExample } from "./docs.ts";
export { Problem } from "./problem.ts";
export { problem, problemResponses } from "./problem-schema.ts";
export { dataFolder, secret } from "./resources.ts";
export { serve } from "./serve.ts";
export type { Metrics } from "./standard-metrics.ts";
export { Text } from "./text.ts";
export { worker } from "./worker.ts";
