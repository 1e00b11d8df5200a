import encoding from "k6/encoding";
import exec from "k6/execution";
import http, { type RefinedResponse } from "k6/http";
import { SENTENCES } from "./sentences.ts";
import { limit, read, setting } from "./settings.ts";

const port = setting("HTTPS_PORT");
export const BASE_URL = __ENV["BASE_URL"] || `https://localhost${port === "443" ? "" : `:${port}`}`;

const host = /^https?:\/\/(\[[^\]]*\]|[^/:]*)/.exec(BASE_URL)?.[1] ?? "";
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

/**
 * k6 has no option for a CA, but Go reads SSL_CERT_FILE: where that holds the gateway's certificate every
 * connection is verified. Elsewhere a plain `k6 run` skips the check, for an address of this machine only.
 */
const ca = read(__ENV["CA_FILE"] || "gateway/certs/nginx.crt").trim();
const trusted = ca !== "" && read(__ENV["SSL_CERT_FILE"] ?? "").includes(ca);
export const insecureSkipTLSVerify = loopback && !trusted;

const address = __ENV["GATEWAY_ADDRESS"] ?? "";

/** What every script has in common. A name that does not resolve here leads to the address the runner says. */
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

/** A refusal is planned for, so k6 does not count it as a failed request. */
const expected = http.expectedStatuses(200, limit.status);

export function sentence(i: number): string {
  return SENTENCES[i % SENTENCES.length] ?? "";
}

/**
 * One JSON request with the credentials. `throws`: a request that gets no answer throws instead of logging;
 * k6 takes this, its types forget it.
 */
export function post(
  path: string,
  body: Record<string, unknown>,
  more: Record<string, string> = {},
  throws = false,
): Answer {
  const params = {
    headers: { ...headers, ...more },
    responseCallback: expected,
    timeout: "15s",
    throw: throws,
  };
  return http.post(`${BASE_URL}${path}`, JSON.stringify(body), params);
}

export function predict(text: string, more: Record<string, string> = {}, throws = false): Answer {
  return post("/predict", { sentence: text }, more, throws);
}

/** `worker/replica` that answered; empty when the gateway answered itself. */
export function servedBy(answer: Answer): string {
  return answer.headers["X-Served-By"] ?? "";
}

/** Refused by the gateway's limit, which needs no worker: the sender was too fast, nothing was lost. */
export function isRefusal(answer: Answer): boolean {
  return answer.status === limit.status && servedBy(answer) === "";
}

/** One question before the load: stops with one line when there is nothing to test. */
export function requireTarget(): void {
  if (insecureSkipTLSVerify) {
    console.warn("certificate not verified (loopback); SSL_CERT_FILE=gateway/certs/nginx.crt verifies it");
  }
  let reason: string;
  try {
    const answer = predict("Is anybody there?", {}, true);
    if (answer.status === 200) return;
    reason = answer.status_text;
  } catch (error) {
    reason = String(error);
  }
  exec.test.abort(`${BASE_URL}/predict does not answer (${reason}): run make start-project, or set BASE_URL`);
}
