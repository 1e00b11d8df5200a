import type { OpenAPIV3 } from "openapi-types";
import { operations } from "../../workers/runtime/openapi/document.ts";
import { HEADERS } from "../../workers/runtime/openapi/problems.ts";
import { GATEWAY_HEADERS, gatewayResponses } from "./problems.ts";
import type { Route } from "./routes.ts";

const REQUEST_ID: OpenAPIV3.ParameterObject = {
  name: "X-Request-ID",
  in: "header",
  description: "An id of your own, 1 to 128 of `A-Z a-z 0-9 . _ -`; the answer and every log line carry it.",
  schema: { type: "string" },
};

export const COMPONENTS: OpenAPIV3.ComponentsObject = {
  headers: { ...HEADERS, ...GATEWAY_HEADERS },
  parameters: { RequestId: REQUEST_ID },
  securitySchemes: {
    basic: {
      type: "http",
      scheme: "basic",
      description: "The gateway's user and password. Where nothing was set: `admin` / `admin`.",
    },
  },
};

/**
 * A worker's document as its clients see it: only the paths that the gateway routes, with what the gateway
 * asks for and may answer itself.
 */
export function throughGateway(document: OpenAPIV3.Document, routes: Route[]): OpenAPIV3.Document {
  const paths: OpenAPIV3.PathsObject = {};
  for (const [path, method, operation] of operations(document)) {
    const route = routes.find(({ matches }) => matches(path));
    if (!route) continue;
    const responses = gatewayResponses(route, path, operation.requestBody !== undefined);
    paths[path] = {
      ...paths[path],
      [method]: {
        ...operation,
        parameters: [...(operation.parameters ?? []), { $ref: "#/components/parameters/RequestId" }],
        responses: { ...operation.responses, ...responses },
        security: route.guarded ? [{ basic: [] }] : [],
      },
    };
  }
  const components = { ...COMPONENTS, schemas: document.components?.schemas ?? {} };
  return { ...document, servers: [{ url: "/", description: "This gateway" }], paths, components };
}
