import type { ValueError } from "@sinclair/typebox/errors";
import { NO_BODY } from "./body.ts";
import { type ByPart, decodedViolations } from "./decoded.ts";
import { FAILED, Problem } from "./problem.ts";
import { type Part, violationProblem } from "./violations.ts";

/** The used part of Elysia's ValidationError. Its `all` converts rejected values to text, and some values throw. */
interface Mismatch {
  /** "property": a value that Elysia made of a text. */
  type: Part | "response" | "property";
  validator: { Errors(value: unknown): Iterable<ValueError> };
  value: unknown;
}

export const UNSUPPORTED_TYPE = new Problem(415, "Send the body as application/json.");

/** What is known of the request when an error is thrown. */
interface Failed {
  hasBody: boolean;
  /** The status Elysia has chosen. */
  status: unknown;
  /** The route's schemas and the request's values, by part. */
  schemas(): ByPart | undefined;
  values: ByPart;
}

function decodedProblem({ schemas, values }: Failed): Problem {
  const found = decodedViolations(schemas() ?? {}, values);
  return found ? violationProblem(found[1], found[0]) : new Problem(422);
}

/** Maps Elysia's error codes to problems. An error that the client did not cause is a 500 without internals. */
export function toProblem(code: string | number, error: unknown, failed: Failed): Problem {
  if (error instanceof Problem) return error;
  const { cause } = Object(error) as { cause?: unknown };
  if (cause instanceof Problem) return cause;
  switch (code) {
    case "PARSE":
      return new Problem(400, "The request body is not valid JSON.");
    case "INVALID_COOKIE_SIGNATURE":
      return new Problem(400, "A cookie's signature is not valid.");
    case "NOT_FOUND": {
      const { message } = error as Error;
      return new Problem(404, message === "NOT_FOUND" ? "Nothing is served at this path." : message);
    }
    case "VALIDATION": {
      const { type, validator, value } = error as Partial<Mismatch>;
      if (type === "response") break;
      if (type === "body" && !failed.hasBody) return NO_BODY; // Elysia may have put defaults in its place
      if (validator && type && type !== "property") return violationProblem(validator.Errors(value), type);
      return decodedProblem(failed);
    }
    default: // a schema's own Decode threw: Elysia has set 422 and passes the error on
      if (failed.status === 422) return decodedProblem(failed);
  }
  return new Problem(500, FAILED);
}
