import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenAPIV3 } from "openapi-types";
import { problemResponse } from "../../workers/runtime/openapi/problems.ts";
import { Problem } from "../../workers/runtime/problem.ts";
import type { Route } from "./routes.ts";

const WORDS = join(import.meta.dir, "../templates/conf.d/30-problems.conf.template");
const details =
  /^map \$status \$problem_detail \{([\s\S]*?)^\}/m.exec(readFileSync(WORDS, "utf8"))?.[1] ?? "";
const detailOf = new Map(
  [...details.matchAll(/^\s*(\d{3})\s+"([^"]*)";/gm)].map(([, s, d]) => [Number(s), d]),
);

/** Headers of the gateway's refusals, by the name under which the documents share them. */
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

const CHALLENGE = { "WWW-Authenticate": { $ref: "#/components/headers/Challenge" } };
const RETRY = { "Retry-After": { $ref: "#/components/headers/RetryAfter" } };

/** A problem in the gateway's own words, read from the map that words the real answer. */
function gatewayProblem(status: number, path: string, headers = {}): OpenAPIV3.ResponseObject {
  const detail = detailOf.get(status);
  if (!detail) throw new Error(`${WORDS} has no words for ${status}`);
  return problemResponse(new Problem(status, detail), path, headers);
}

/** What the gateway may answer instead of the worker, by status. */
export function gatewayResponses(route: Route, path: string, hasBody: boolean): OpenAPIV3.ResponsesObject {
  return {
    ...(route.guarded && { 401: gatewayProblem(401, path, CHALLENGE) }),
    ...(hasBody && { 413: gatewayProblem(413, path) }),
    ...(route.limited && { 429: gatewayProblem(429, path, RETRY) }),
    ...(route.proxied && { 502: gatewayProblem(502, path) }),
    ...(route.limited && { 503: gatewayProblem(503, path, RETRY) }),
    ...(route.proxied && { 504: gatewayProblem(504, path) }),
  };
}
