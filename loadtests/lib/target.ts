import encoding from "k6/encoding";
import exec from "k6/execution";
import http, { type Params, type RefinedResponse } from "k6/http";
import { limit, read, setting } from "./settings.ts";

const port = setting("HTTPS_PORT");
export const BASE_URL = __ENV["BASE_URL"] || `https://localhost${port === "443" ? "" : `:${port}`}`;

const host = /^https?:\/\/(\[[^\]]*\]|[^/:]*)/.exec(BASE_URL)?.[1] ?? "";
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

/**
 * k6 has no option for a CA, but Go reads SSL_CERT_FILE: if that file has the gateway's certificate, every connection is
 * verified. Otherwise verification is skipped, for loopback addresses only.
 */
const ca = read(__ENV["CA_FILE"] || "gateway/certs/nginx.crt").trim();
const trusted = ca !== "" && read(__ENV["SSL_CERT_FILE"] ?? "").includes(ca);
export const insecureSkipTLSVerify = loopback && !trusted;

const address = __ENV["GATEWAY_ADDRESS"] ?? "";

/** Options of every script. GATEWAY_ADDRESS, set by the runner, is used for a host name that does not resolve here. */
export const common = {
  ...(address && /[a-z]/.test(host) ? { hosts: { [host]: address } } : {}),
  insecureSkipTLSVerify,
  summaryTrendStats: ["min", "avg", "med", "p(95)", "p(99)", "max", "count"],
};

const headers = {
  Authorization: `Basic ${encoding.b64encode(`${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`)}`,
  "Content-Type": "application/json",
};

export type Answer = RefinedResponse<"text">;

/** Refusals are expected: k6 does not count them as failed requests. */
const expected = http.expectedStatuses({ min: 200, max: 299 }, limit.status);

/**
 * Sends one JSON request with the credentials. With `throws`, a request without an answer throws instead of logging a
 * warning; k6 supports this option, but its types lack it.
 */
export function post(
  path: string,
  body: Record<string, unknown>,
  more: Record<string, string> = {},
  throws = false,
  gateway = BASE_URL,
): Answer {
  const params = {
    headers: { ...headers, ...more },
    responseCallback: expected,
    timeout: "15s",
    throw: throws,
  };
  return http.post(`${gateway}${path}`, JSON.stringify(body), params);
}

/** The documented example request of a worker, which most scripts send. */
export interface Target {
  worker: string;
  path: string;
  body: Record<string, unknown>;
  /** The documented status of success. */
  status: number;
  /** Headers that select this worker where several share a path. */
  headers: Record<string, string>;
}

export function ask({ path, body, headers: selecting }: Target): Answer {
  return post(path, body, selecting);
}

/** The `worker/replica` that answered; empty when the gateway answered itself. */
export function servedBy(answer: Answer): string {
  return answer.headers["X-Served-By"] ?? "";
}

/** Refused by the gateway's rate limit and not by a worker: the sender was too fast, no request was lost. */
export function isRefusal(answer: Answer): boolean {
  return answer.status === limit.status && servedBy(answer) === "";
}

interface Media {
  content?: { "application/json"?: { example?: Record<string, unknown> } };
}
interface Operation {
  requestBody?: Media;
  parameters?: Parameter[];
  responses: Record<string, unknown>;
}
interface OpenApi {
  paths: Record<string, { post?: Operation }>;
}
interface Parameter {
  name?: string;
  in?: string;
  required?: boolean;
  example?: string;
}

function getJson<T>(url: string): T {
  const answer = http.get(url, { timeout: "15s", throw: true } as Params);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status_text}`);
  return answer.json() as T;
}

/** The worker's first POST with an example in its OpenAPI document, read through the gateway. */
function documented(worker: string, gateway: string): Target | undefined {
  const { paths } = getJson<OpenApi>(`${gateway}/openapi/${worker}.json`);
  for (const [path, { post: operation }] of Object.entries(paths)) {
    const body = operation?.requestBody?.content?.["application/json"]?.example;
    if (!operation || !body || path.includes("{")) continue;
    const status = Number(Object.keys(operation.responses).find((each) => each.startsWith("2")));
    const selecting = (operation.parameters ?? []).filter((one) => one.in === "header" && one.required);
    const sent = Object.fromEntries(selecting.map(({ name = "", example = "" }) => [name, example]));
    return { worker, path, body, status, headers: sent };
  }
  return undefined;
}

/**
 * The documented request of a worker, WORKER by default, or of the first worker that has one. Sends it once before the load, so that a test
 * stops with one line when the project does not answer.
 */
export function requireTarget(at?: string, name = __ENV["WORKER"]): Target {
  const gateway = at || BASE_URL; // k6 calls a setup() with null
  if (insecureSkipTLSVerify) {
    console.warn("certificate not verified (loopback); SSL_CERT_FILE=gateway/certs/nginx.crt verifies it");
  }
  let reason = "no worker documents a POST with an example";
  try {
    const all = getJson<{ workers: string }>(`${gateway}/docs/workers.json`).workers.split(" ");
    for (const worker of name ? [name] : all) {
      const target = documented(worker, gateway);
      if (!target) continue;
      const answer = post(target.path, target.body, target.headers, true, gateway);
      if (answer.status === target.status) return target;
      reason = `${target.path}: ${answer.status_text}`;
      break;
    }
  } catch (error) {
    reason = String(error);
  }
  exec.test.abort(`${gateway} does not answer (${reason}): run make start-project, or set BASE_URL`);
  throw new Error(reason);
}
