// Serves the shadow process: its report, to who has the key, and its metrics.
import { Problem } from "../problem.ts";
import { worker } from "../worker.ts";
import {
  markOf,
  PASS_HEADER,
  pass,
  passedMark,
  REPORT_PATH,
  REPORT_TIMEOUT_MS,
  type ShadowSettings,
} from "./contract.ts";
import { shadowMetrics } from "./metrics.ts";
import { fieldsByRoute, Shadow } from "./process.ts";

function readShadowSettings(): ShadowSettings {
  return JSON.parse(process.env["SHADOW"] ?? "") as ShadowSettings; // written by ops, not by people
}

type Routes = Parameters<typeof fieldsByRoute>[0];

/** Prints the report of the process at this port, which has the same environment. */
export async function printReport(port: number): Promise<never> {
  const headers = { [PASS_HEADER]: pass(readShadowSettings().key, port, REPORT_PATH) };
  const signal = AbortSignal.timeout(REPORT_TIMEOUT_MS);
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${REPORT_PATH}`, { headers, signal });
    console.log(await answer.text());
    process.exit(answer.ok ? 0 : 1);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}

/** The process's app, which runs as a worker does; `app` is the worker's own. @throws Error for an invalid `x-compare`. */
export function shadowApp(app: Routes) {
  const settings = readShadowSettings();
  const shadow = new Shadow(settings, fieldsByRoute(app));
  const { stable } = settings;
  const mark = markOf(settings.key);
  const made = worker(`${stable.worker}.shadow`, {
    description: "Compares the answers of two versions.",
    warmUp: () => shadow.run(),
  }).get(
    REPORT_PATH,
    ({ request, server }) => {
      const given = request.headers.get(PASS_HEADER) ?? "";
      if (passedMark(given, server?.port ?? 0, REPORT_PATH) !== mark) throw new Problem(404);
      return shadow.report() as unknown as Record<string, unknown>;
    },
    { detail: { hide: true } },
  );
  shadowMetrics(made.decorator.metrics.registry, shadow);
  return made;
}
