import type { ValueError } from "@sinclair/typebox/errors";
import { InvalidCookieSignature, InvalidFileType, NotFoundError, ParseError, ValidationError } from "elysia";
import { NO_BODY } from "./body.ts";
import { type ByPart, decodedViolations, isDecodeError } from "./decoded.ts";
import { FAILED, Problem } from "./problem.ts";
import { type Part, violationProblem } from "./violations.ts";

/** The used part of Elysia's ValidationError. Its `all` converts rejected values to text, and some values throw. */
interface Mismatch {
  /** "property": a value that Elysia made of a text; "message": a WebSocket's. */
  type: Part | "response" | "property" | "message";
  validator: { Errors(value: unknown): Iterable<ValueError> };
  value: unknown;
}

export const NOT_JSON = new Problem(400, "The request body is not valid JSON.");
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

function validationProblem(error: ValidationError, failed: Failed): Problem {
  const { type, validator, value } = error as unknown as Mismatch;
  if (type === "response") return new Problem(500, FAILED);
  if (type === "body" && !failed.hasBody) return NO_BODY; // Elysia may have put defaults in its place
  if (type === "property") return decodedProblem(failed);
  return violationProblem(validator.Errors(value), type === "message" ? "body" : type);
}

/**
 * Maps the errors of Elysia's own classes to problems. Any other is a 500 without internals, whatever its `code` or
 * `status`: a library's error may have both, and words that are not for the client.
 */
export function toProblem(error: unknown, failed: Failed): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ParseError) {
    const { cause } = error;
    if (cause instanceof Problem) return cause;
    return cause instanceof SyntaxError ? NOT_JSON : new Problem(400, "The request body cannot be read.");
  }
  if (error instanceof InvalidCookieSignature) return new Problem(400, "A cookie's signature is not valid.");
  if (error instanceof InvalidFileType) return new Problem(422, "A file is not of an accepted type.");
  if (error instanceof NotFoundError) {
    const { message } = error;
    return new Problem(404, message === "NOT_FOUND" ? "Nothing is served at this path." : message);
  }
  if (error instanceof ValidationError) return validationProblem(error, failed);
  // A schema's own Decode threw: Elysia has set 422 and passes the error on, without a sign of where it comes from.
  if (failed.status === 422 && isDecodeError(error, failed.schemas() ?? {}, failed.values)) {
    return decodedProblem(failed);
  }
  return new Problem(500, FAILED);
}
