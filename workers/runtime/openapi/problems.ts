import type { OpenAPIV3 } from "openapi-types";
import { expectation, toProblem, UNSUPPORTED_TYPE, violationProblem } from "../errors.ts";
import { Problem, problemDetails } from "../problem.ts";
import { GATEWAY_HEADERS, GATEWAY_PROBLEMS } from "./gateway.ts";

const REQUEST_ID = "0c2d8fcf6a5c4f0e9be6a2b1f0d4c7e8";
const PROBLEM = { $ref: "#/components/schemas/Problem" };

/** Headers of a worker's answers, by their name in the document's components. */
export const sharedHeaders = (worker: string): Record<string, OpenAPIV3.HeaderObject> => ({
  RequestId: {
    description: "The request's id: the client's own X-Request-ID where it is sane, a fresh one otherwise.",
    required: true,
    schema: { type: "string", pattern: "^[A-Za-z0-9._-]{1,128}$", example: REQUEST_ID },
  },
  ServedBy: {
    description: "Worker and replica that answered.",
    schema: { type: "string", example: `${worker}/1` },
  },
  ...GATEWAY_HEADERS,
});

export const sharedHeader = (name: string) => ({ $ref: `#/components/headers/${name}` });

/** A documented problem. Its example is the real body except for the request id. */
function problemResponse(
  problem: Problem,
  path: string,
  headers: OpenAPIV3.ResponseObject["headers"] = {},
): OpenAPIV3.ResponseObject {
  const example = problemDetails(problem, path, REQUEST_ID);
  return {
    description: problem.detail || example.title,
    headers: { "X-Request-ID": sharedHeader("RequestId"), ...headers },
    content: { "application/problem+json": { schema: PROBLEM, example } },
  };
}

/** The worker's own problem with `status`, built by the code of the real answer. */
function workerProblem(status: number, body: OpenAPIV3.SchemaObject | undefined): Problem {
  switch (status) {
    case 400:
      return toProblem("PARSE", {});
    case 415:
      return UNSUPPORTED_TYPE;
    case 422: {
      const properties: Record<string, unknown> = body?.properties ?? {};
      return violationProblem(
        (body?.required ?? []).map((name) => ({
          path: `/${name}`,
          message: expectation(properties[name] ?? {}),
        })),
      );
    }
    case 500:
      return toProblem("UNKNOWN", {});
  }
  return new Problem(status, "");
}

/** The documented problem with `status`, of the gateway or of the worker. */
export function documentedProblem(
  status: number,
  path: string,
  body: OpenAPIV3.SchemaObject | undefined,
): OpenAPIV3.ResponseObject {
  const gateway = GATEWAY_PROBLEMS[status];
  if (gateway) return problemResponse(new Problem(status, gateway.detail), path, gateway.headers);
  return problemResponse(workerProblem(status, body), path);
}
