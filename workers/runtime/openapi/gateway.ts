// The gateway's additions to a document: credentials, request id, and its own answers.
import type { OpenAPIV3 } from "openapi-types";

interface GatewayProblem {
  detail: string;
  /** Where the status has more causes than the detail says. */
  description?: string;
  headers?: OpenAPIV3.ResponseObject["headers"];
}

const CHALLENGE = { "WWW-Authenticate": { $ref: "#/components/headers/Challenge" } };
const RETRY = { "Retry-After": { $ref: "#/components/headers/RetryAfter" } };
const OVER_LIMIT = "Too many requests. Slow down and try again.";

/** Answers of the gateway itself, with the texts of its conf.d/30-problems.conf; tests/contract produces each of them. */
export const GATEWAY_PROBLEMS: Partial<Record<number, GatewayProblem>> = {
  401: {
    detail: "Send a valid user name and password (HTTP basic authentication).",
    headers: CHALLENGE,
  },
  413: { detail: "The request body is larger than this path accepts." },
  429: { detail: OVER_LIMIT, headers: RETRY },
  502: { detail: "No worker could answer. Try again shortly." },
  503: {
    detail: OVER_LIMIT,
    description: "Too many requests, or the worker is stopping or reads too many bodies. Try again.",
    headers: RETRY,
  },
  504: { detail: "The worker took too long to answer." },
};

/** Headers of these answers, by their name in the document's components. */
export const GATEWAY_HEADERS: Record<string, OpenAPIV3.HeaderObject> = {
  Challenge: {
    description: "How to authenticate (RFC 7617).",
    required: true,
    schema: { type: "string", example: 'Basic realm="Fortress"' },
  },
  RetryAfter: {
    description: "Seconds until another request has a chance.",
    required: true,
    schema: { type: "integer", minimum: 1, example: 1 },
  },
};

export const SERVERS: OpenAPIV3.ServerObject[] = [{ url: "/", description: "This gateway" }];

/** Optional in every request. */
export const REQUEST_ID_PARAMETER: OpenAPIV3.ParameterObject = {
  name: "X-Request-ID",
  in: "header",
  description: "An id of your own, 1 to 128 of `A-Z a-z 0-9 . _ -`; the answer and every log line carry it.",
  schema: { type: "string" },
};

/** The default `detail.security` of a route. */
export const CREDENTIALS: OpenAPIV3.SecurityRequirementObject[] = [{ basic: [] }];

export const SECURITY_SCHEMES: Record<string, OpenAPIV3.SecuritySchemeObject> = {
  basic: {
    type: "http",
    scheme: "basic",
    description: "The gateway's user and password. Where nothing was set: `admin` / `admin`.",
  },
};
