import { join } from "node:path";
import { VERIFIERS } from "../../gateway/render.ts";
import { alertmanagerAnswers } from "../host/alertmanager.ts";
import { fetchGateway, gatewayUrl } from "../host/gateway-client.ts";
import { expectedTargets } from "../host/scrape-targets.ts";
import { waitFor } from "../host/wait.ts";
import { setting } from "../settings/project.ts";
import { AUTH_DIR, LOG_DIR } from "./paths.ts";
import type { Replica } from "./replicas.ts";

const TIMEOUT_MS = 60_000;

async function answers(url: string, ask: typeof fetchGateway = fetch): Promise<string | undefined> {
  const answer = await ask(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  if (!answer) return `${url} does not answer (logs: ${LOG_DIR})`;
  return answer.ok ? undefined : `${url} answers ${answer.status}`;
}

/** It asks everyone for a password. */
async function verifierAnswers(name: string): Promise<string | undefined> {
  const unix = join(AUTH_DIR, `verifier-${name}.sock`);
  const { status } = await fetch("http://verifier/", { unix, signal: AbortSignal.timeout(5000) });
  return status === 401 ? undefined : `it answers ${status}`;
}

async function targetsUp(expected: number): Promise<string | undefined> {
  const url = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}/api/v1/targets?state=active`;
  const answer = (await (await fetch(url)).json()) as { data: { activeTargets: { health: string }[] } };
  const up = answer.data.activeTargets.filter(({ health }) => health === "up").length;
  return up >= expected ? undefined : `${up} of ${expected} Prometheus targets are up`;
}

/** Returns when every replica, the gateway, Prometheus with all its targets and Alertmanager answer. */
export async function ready(replicas: Replica[]): Promise<void> {
  for (const { worker, index, port } of replicas) {
    await waitFor(`${worker.name}/${index}`, () => answers(`http://127.0.0.1:${port}/readyz`), TIMEOUT_MS);
  }
  for (const name of VERIFIERS)
    await waitFor(`the verifier (${name})`, () => verifierAnswers(name), TIMEOUT_MS);
  await waitFor("the gateway", () => answers(`${gatewayUrl()}/readyz`, fetchGateway), TIMEOUT_MS);
  const prometheus = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}/-/ready`;
  await waitFor("Prometheus", () => answers(prometheus), TIMEOUT_MS);
  await waitFor("Prometheus", () => targetsUp(expectedTargets()), TIMEOUT_MS);
  await waitFor("Alertmanager", () => alertmanagerAnswers(), TIMEOUT_MS);
}
