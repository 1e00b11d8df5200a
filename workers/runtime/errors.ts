import type { TSchema } from "elysia";
import { type FieldError, Problem } from "./problem.ts";

interface SchemaViolation {
  path: string;
  schema: TSchema;
}

/** Says what a schema accepts, in words built from the schema alone: the input is never quoted. */
function expectation(schema: TSchema): string {
  const {
    type,
    minLength = 0,
    maxLength,
    minItems = 0,
    maxItems,
    properties,
  } = schema as Record<string, unknown>;
  if (type === "string" && maxLength !== undefined) {
    return `must be a string of ${minLength} to ${maxLength} characters after trimming`;
  }
  if (type === "array" && maxItems !== undefined)
    return `must be an array of ${minItems} to ${maxItems} items`;
  if (type === "object" && typeof properties === "object" && properties) {
    return `must be an object with ${Object.keys(properties).join(", ")}`;
  }
  return typeof type === "string" ? `must be of type ${type}` : "has an unexpected value";
}

const MAX_REPORTED = 10;

export const UNSUPPORTED_TYPE = new Problem(415, "Send the body as application/json.");

function fieldErrors(violations: readonly SchemaViolation[]): FieldError[] {
  const byField = new Map<string, string>();
  for (const { path, schema } of violations) {
    const field = /^(\/[A-Za-z0-9_]{1,64})+$/.test(path) ? path.slice(1).replaceAll("/", ".") : "(body)";
    if (!byField.has(field)) byField.set(field, expectation(schema));
    if (byField.size === MAX_REPORTED) break;
  }
  return [...byField].map(([field, message]) => ({ field, message }));
}

/** Elysia's error codes as problems. Whatever is not the client's doing becomes a silent 500. */
export function toProblem(code: string | number, error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { cause } = error as { cause?: unknown };
  if (cause instanceof Problem) return cause;
  switch (code) {
    case "PARSE":
      return new Problem(400, "The request body is not valid JSON.");
    case "NOT_FOUND":
      return new Problem(404, "Nothing is served at this path.");
    case "VALIDATION": {
      const { all, type } = error as { all: SchemaViolation[]; type: string };
      if (type !== "response")
        return new Problem(422, "The request does not match the schema.", fieldErrors(all));
    }
  }
  return new Problem(500, "The worker failed to answer. Quote the request id when you report it.");
}
