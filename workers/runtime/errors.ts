import { SetErrorFunction, type ValueError } from "@sinclair/typebox/errors";
import { Problem } from "./problem.ts";

/** The used part of Elysia's ValidationError. Its `all` converts rejected values to text, and some values throw. */
interface Mismatch {
  type: string;
  validator: { Errors(value: unknown): Iterable<ValueError> };
  value: unknown;
}

/** Describes what a schema accepts, from the schema alone: the input is never quoted. */
export function expectation(schema: object): string {
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

// Elysia writes the whole input into its error unless the schema has a message of its own. The message is not
// enumerable, so it is not in the OpenAPI document.
SetErrorFunction(({ schema }) => {
  const message = expectation(schema);
  if (!("error" in schema)) Object.defineProperty(schema, "error", { value: message });
  return message;
});

const MAX_REPORTED = 10;
const MAX_EXAMINED = 64;

export const UNSUPPORTED_TYPE = new Problem(415, "Send the body as application/json.");

/** A 422 with the first violations. TypeBox finds them lazily, so the others cost nothing. */
export function violationProblem(violations: Iterable<{ path: string; message: string }>): Problem {
  const byField = new Map<string, string>();
  let examined = 0;
  for (const { path, message } of violations) {
    const field = /^(\/[A-Za-z0-9_]{1,64})+$/.test(path) ? path.slice(1).replaceAll("/", ".") : "(body)";
    if (!byField.has(field)) byField.set(field, message);
    if (byField.size === MAX_REPORTED || ++examined === MAX_EXAMINED) break;
  }
  const errors = [...byField].map(([field, message]) => ({ field, message }));
  return new Problem(422, "The request does not match the schema.", errors);
}

/** Maps Elysia's error codes to problems. An error that the client did not cause is a 500 without internals. */
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
      const { type, validator, value } = error as Mismatch;
      if (type !== "response") return violationProblem(validator.Errors(value));
    }
  }
  return new Problem(500, "The worker failed to answer. Quote the request id when you report it.");
}
