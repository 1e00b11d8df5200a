import type { OpenAPIV3 } from "openapi-types";
import packageJson from "../../package.json" with { type: "json" };
import { problemResponse } from "../../workers/runtime/openapi/problems.ts";
import { Problem } from "../../workers/runtime/problem.ts";
import { gatewayResponses } from "./problems.ts";
import type { Route } from "./routes.ts";

const headers = { "X-Request-ID": { $ref: "#/components/headers/RequestId" } };

function probe(
  path: string,
  summary: string,
  status: string,
  also: OpenAPIV3.ResponsesObject,
): OpenAPIV3.PathsObject {
  const schema: OpenAPIV3.SchemaObject = {
    type: "object",
    required: ["status"],
    properties: { status: { type: "string", enum: [status] } },
  };
  const content = { "application/json": { schema, example: { status } } };
  const responses = { 200: { description: "OK", headers, content }, ...also };
  const operationId = `get${path[1]?.toUpperCase()}${path.slice(2)}`;
  return { [path]: { get: { tags: ["health"], summary, operationId, security: [], responses } } };
}

function readiness(routes: Route[]): OpenAPIV3.ResponsesObject {
  const path = "/readyz";
  const route = routes.find(({ matches }) => matches(path));
  const draining = problemResponse(new Problem(503, "The worker is draining."), path);
  return { ...(route && gatewayResponses(route, path, false)), 503: draining };
}

/** The merged document without the workers: who speaks, and the gateway's own health. */
export function base(routes: Route[]): OpenAPIV3.Document {
  return {
    openapi: "3.0.3",
    info: {
      title: "Fortress",
      description:
        "Every API behind this gateway. Errors are problem details (RFC 9457), the gateway's and the workers' " +
        "alike; each names the request id under which the logs know the request.",
      version: packageJson.version,
      license: { name: packageJson.license, url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "/", description: "This gateway" }],
    tags: [{ name: "health", description: "Whether the gateway lives, and a worker is ready behind it." }],
    paths: {
      ...probe("/livez", "Whether the gateway answers", "alive", {}),
      ...probe("/readyz", "Whether a worker behind the gateway is ready", "ready", readiness(routes)),
    },
  };
}
