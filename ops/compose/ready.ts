import { alertmanagerAnswers } from "../host/alertmanager.ts";
import { fetchGateway, gatewayUrl } from "../host/gateway-client.ts";
import { mustRun } from "../host/run.ts";
import { waitFor } from "../host/wait.ts";
import { setting } from "../settings/project.ts";

const TIMEOUT_MS = 60_000;

async function answer(url: string, ask: typeof fetchGateway = fetch): Promise<Response> {
  return ask(url, { signal: AbortSignal.timeout(5000) }).catch(() => {
    throw new Error(`${url} does not answer (make logs)`);
  });
}

/** Returns when the gateway's published port and Alertmanager answer and Prometheus sees every target. */
export async function ready(): Promise<void> {
  await waitFor(
    "the gateway",
    async () => {
      const { ok, status } = await answer(`${gatewayUrl()}/readyz`, fetchGateway);
      return ok ? undefined : `it answers ${status}`;
    },
    TIMEOUT_MS,
  );
  const expected = Number(mustRun([process.execPath, "ops/cli.ts", "scrape-targets"]));
  const targets = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}/api/v1/targets?state=active`;
  await waitFor(
    "Prometheus",
    async () => {
      const { data } = (await (await answer(targets)).json()) as {
        data: { activeTargets: { health: string }[] };
      };
      const up = data.activeTargets.filter(({ health }) => health === "up").length;
      return up >= expected ? undefined : `${up} of ${expected} targets are up`;
    },
    TIMEOUT_MS,
  );
  await waitFor("Alertmanager", () => alertmanagerAnswers(), TIMEOUT_MS);
}
