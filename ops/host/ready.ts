// Readiness of a start on this machine: the runtime's own checks, the gateway, Prometheus' targets, Alertmanager.
import { UserError } from "../settings/fail.ts";
import { setting, startable, type WorkerService } from "../settings/project.ts";
import { alertmanagerFailure } from "./alertmanager.ts";
import { fetchGateway, gatewayUrl } from "./gateway-client.ts";
import { expectedTargets } from "./scrape-targets.ts";
import { previewName } from "./versions.ts";
import { settle, waitFor } from "./wait.ts";

const TIMEOUT_MS = 60_000;

/** The reason at once: stopping everything takes seconds. */
export function sayBeforeStop(error: unknown): void {
  console.log(`  ${error instanceof Error ? error.message : error}; stopping everything`);
}

/** The error of a start with what is the case after it. */
export function withOutcome(error: unknown, first: boolean): unknown {
  if (!(error instanceof UserError)) return error;
  const outcome = first ? "Nothing ran before: everything is stopped" : "Everything else keeps running";
  return new UserError(`${error.message}. ${outcome}`);
}

export interface Check {
  what: string;
  /** Why it is not ready; undefined when it is. */
  missing(): Promise<string | undefined>;
}

/** Why a URL does not answer with a 2xx; undefined when it does. */
export async function httpFailure(
  url: string,
  ask: (url: string, options: { signal: AbortSignal }) => Promise<Response> = fetch,
): Promise<string | undefined> {
  const answer = await ask(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  if (!answer) return `${url} does not answer`;
  return answer.ok ? undefined : `${url} answers ${answer.status}`;
}

/**
 * A worker answers through the gateway. In containers the gateway resolves its name every two seconds; everywhere it sends
 * nothing for two seconds to replicas that did not answer.
 */
export function reachable(worker: string): Check {
  const url = `${gatewayUrl()}/openapi/${worker}.json`;
  return { what: worker, missing: () => httpFailure(url, fetchGateway) };
}

/** A document in the gateway's cache is older then: proxy_cache_valid in gateway/templates/routes/docs.conf.template. */
const CACHED_MS = 1100;

/** Waits until a worker whose replicas were stopped and started again is {@link reachable}. @throws UserError after a minute. */
export async function untilReachable(worker: string): Promise<void> {
  await Bun.sleep(CACHED_MS);
  await waitFor(worker, reachable(worker).missing, TIMEOUT_MS);
}

interface Target {
  health: string;
  labels: { instance: string; worker?: string };
}

/** The addresses of previews. In containers a target has no label `worker`; what it was scraped for has. */
const PREVIEWS =
  'worker_build_info{worker=~".+[.]preview"} unless on (instance) worker_build_info{worker!~".+[.]preview"}';

async function ask<Data>(url: string): Promise<Data | undefined> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  return answer?.ok ? ((await answer.json()) as { data: Data }).data : undefined;
}

/** Why fewer targets are up than expected; previews do not count, up or down. */
export async function missingTargets(prometheus: string, expected: number): Promise<string | undefined> {
  const url = `${prometheus}/api/v1/targets?state=active`;
  const [targets, previews] = await Promise.all([
    ask<{ activeTargets: Target[] }>(url),
    ask<{ result: { metric: { instance: string } }[] }>(
      `${prometheus}/api/v1/query?${new URLSearchParams({ query: PREVIEWS })}`,
    ),
  ]);
  if (!targets || !previews) return `${url} does not answer`;
  const addresses = new Set(previews.result.map(({ metric }) => metric.instance));
  const up = targets.activeTargets.filter(
    ({ health, labels: { worker, instance } }) =>
      health === "up" && !worker?.endsWith(previewName("")) && !addresses.has(instance),
  );
  return up.length >= expected ? undefined : `${up.length} of ${expected} targets are up`;
}

/**
 * Returns when every check passes.
 * @param started the workers that Prometheus should see.
 * @param running throws PermanentError when a program ended.
 * @throws UserError with the failing check and the place of its logs, or with the program that ended.
 */
export async function ready(
  logs: string,
  before: Check[] = [],
  started: WorkerService[] = startable(),
  running: () => Promise<void> = async () => undefined,
): Promise<void> {
  const prometheus = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}`;
  const expected = expectedTargets(undefined, started);
  const checks: Check[] = [
    ...before,
    { what: "the gateway", missing: () => httpFailure(`${gatewayUrl()}/readyz`, fetchGateway) },
    { what: "Prometheus", missing: () => missingTargets(prometheus, expected) },
    { what: "Alertmanager", missing: () => alertmanagerFailure() },
  ];
  let since = performance.now();
  for (const [index, { what, missing }] of checks.entries()) {
    if (index === before.length) since = performance.now(); // the programs themselves are ready
    const found = async () => {
      await running();
      const lacks = await missing();
      return lacks && `${lacks} (logs: ${logs})`;
    };
    await waitFor(what, found, TIMEOUT_MS);
  }
  await settle(running, since);
  await running();
}
