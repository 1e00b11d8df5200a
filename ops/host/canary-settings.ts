// What a canary's process and the gateway are given, in both runtimes.
import type { Canary as Published } from "../../gateway/canary.ts";
import type { Server } from "../../gateway/generated.ts";
import { latencyBuckets } from "../../gateway/objective.ts";
import { readRoutes } from "../../gateway/routes.ts";
import type { CanarySettings } from "../../workers/runtime/canary/contract.ts";
import { isCurrent, type Wanted } from "./versions.ts";

/** How much larger the shares of errors, of answers with 4xx and of requests slower than the objective may be. */
const MARGINS = { errors: 0.005, rejected: 0.05, slow: 0.05 };

/** The latency objective of each path, in seconds. */
export const objectives = (): Record<string, number> =>
  Object.fromEntries(
    readRoutes().flatMap(({ paths, objective = {} }) =>
      paths.map(({ path }) => [path, latencyBuckets(objective.latency).objective]),
    ),
  );

/**
 * Undefined without a canary, and where one of its versions does not run.
 * @param place the folder and Prometheus, as the process sees them.
 */
export function canarySettings(
  wanted: Wanted,
  place: Pick<CanarySettings, "folder" | "prometheus">,
): CanarySettings | undefined {
  const { canary } = wanted;
  if (!canary || !isCurrent(wanted, canary)) return undefined;
  const { id, from, to, preview, versions, steps, stepMs, onTimeout, agree } = canary;
  const until = preview && wanted.previews[to]?.until;
  return {
    id,
    ...place,
    stable: { worker: from, version: versions.stable },
    candidate: { worker: to, version: versions.candidate },
    steps,
    margins: { ...MARGINS, agreement: 1 - agree },
    objectives: objectives(),
    stepMs,
    onTimeout,
    ...(until && { until }),
  };
}

/** What the gateway is given. @param folder as nginx sees it. */
export function publishedCanary(
  { canary }: Wanted,
  folder: string,
  servers: (worker: string, isPreview: boolean) => Server[],
  resolver?: string,
): Published | undefined {
  if (!canary) return undefined;
  const { from: worker, to, preview, steps } = canary;
  return {
    worker,
    servers: servers(to, preview !== undefined),
    ...(resolver && { resolver }),
    steps: steps.filter((step) => step > 0),
    folder,
  };
}
