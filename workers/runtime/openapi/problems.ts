import type { OpenAPIV3 } from "openapi-types";
import { NOT_JSON, UNSUPPORTED_TYPE } from "../errors.ts";
import { tooFew } from "../expectation.ts";
import { type FieldError, PROBLEM_TYPE, Problem, problemDetails } from "../problem.ts";
import { ProblemSchema } from "../problem-schema.ts";
import { fieldProblem } from "../violations.ts";
import { GATEWAY_HEADERS, GATEWAY_PROBLEMS } from "./gateway.ts";
import type { Schema } from "./schemas.ts";

const REQUEST_ID = "0c2d8fcf6a5c4f0e9be6a2b1f0d4c7e8";
const PROBLEM = { $ref: "#/components/schemas/Problem" };

/** Headers of a worker's answers, by their name in the document's components. */
export const sharedHeaders = (worker: string, version: string): Record<string, OpenAPIV3.HeaderObject> => ({
  RequestId: {
    description: "The request's id: the client's own X-Request-ID where it is sane, a fresh one otherwise.",
    required: true,
    schema: { type: "string", pattern: "^[A-Za-z0-9._-]{1,128}$", example: REQUEST_ID },
  },
  ServedBy: {
    description: "Worker and replica that answered.",
    schema: { type: "string", example: `${worker}/1` },
  },
  Version: {
    description: "Version of the worker that answered: a hash of what it is made of.",
    schema: { type: "string", pattern: "^([0-9a-f]{12}|dev)$", example: version },
  },
  ...GATEWAY_HEADERS,
});

export const sharedHeader = (name: string) => ({ $ref: `#/components/headers/${name}` });

interface Documented {
  headers: OpenAPIV3.ResponseObject["headers"];
  description: string;
  schema: Schema;
}

/** A documented problem. Its example is the real body except for the request id. */
function problemResponse(
  problem: Problem,
  path: string,
  { headers = {}, description = problem.detail, schema = PROBLEM }: Partial<Documented> = {},
): OpenAPIV3.ResponseObject {
  const example = problemDetails(problem, path, REQUEST_ID);
  return {
    description,
    headers: { "X-Request-ID": sharedHeader("RequestId"), ...headers },
    content: { [PROBLEM_TYPE]: { schema, example } },
  };
}

/**
 * The documented problem that a route declares itself. An object that is no problem joins its members to one, as the
 * worker's answer does.
 */
export function ownProblem(
  status: number,
  path: string,
  declared: Schema,
  convert: (schema: Schema) => Schema,
): OpenAPIV3.ResponseObject {
  const { title, type, description } = declared as OpenAPIV3.SchemaObject;
  const isProblem = title === ProblemSchema.title;
  const detail = isProblem && description !== ProblemSchema.description ? description : undefined;
  const schema = type === "object" && !isProblem ? { allOf: [PROBLEM, convert(declared)] } : PROBLEM;
  return problemResponse(new Problem(status, detail), path, { schema });
}

/** What is wrong with `{}`. */
function withoutMembers({ required = [], minProperties }: OpenAPIV3.SchemaObject = {}): FieldError[] {
  if (required.length === 0 && minProperties)
    return [{ field: "(body)", message: tooFew({ minProperties }) }];
  return required.map((field) => ({ field, message: "is required" }));
}

/** The worker's own problem with `status`, built by the code of the real answer. */
function workerProblem(status: number, body: OpenAPIV3.SchemaObject | undefined): Problem {
  switch (status) {
    case 400:
      return NOT_JSON;
    case 415:
      return UNSUPPORTED_TYPE;
    case 422:
      return fieldProblem(withoutMembers(body));
    case 500:
      return new Problem(500);
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
  if (gateway) {
    const { detail, ...documented } = gateway;
    return problemResponse(new Problem(status, detail), path, documented);
  }
  return problemResponse(workerProblem(status, body), path);
}
