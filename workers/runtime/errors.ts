import type { ValueError } from "@sinclair/typebox/errors";
import { FAILED, Problem } from "./problem.ts";
import { type Part, violationProblem } from "./violations.ts";

/** The used part of Elysia's ValidationError. Its `all` converts rejected values to text, and some values throw. */
interface Mismatch {
  type: Part | "response";
  validator: { Errors(value: unknown): Iterable<ValueError> };
  value: unknown;
}

/** What Elysia throws for a list of a query: it splits `a=1,x` after it has checked the query. */
interface ListMismatch {
  /** The list's first violation; its path starts at the list. */
  error?: ValueError;
  value: unknown;
}

export const UNSUPPORTED_TYPE = new Problem(415, "Send the body as application/json.");

/** A list's name is the name of the query's value that is this list. */
function listProblem({ error, value }: ListMismatch, url: string): Problem {
  if (!error) return new Problem(422);
  const sent = [...new URLSearchParams(url.split("?")[1])];
  const name = sent.find(([, text]) => text === String(value))?.[0];
  return violationProblem([{ ...error, path: name === undefined ? "" : `/${name}${error.path}` }], "query");
}

/** What is known of the request when an error is thrown: its URL, and the status Elysia has chosen. */
interface Failed {
  url: string;
  status: unknown;
}

/** Maps Elysia's error codes to problems. An error that the client did not cause is a 500 without internals. */
export function toProblem(code: string | number, error: unknown, { url, status }: Failed): Problem {
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
      const mismatch = error as Partial<Mismatch>;
      if (!mismatch.validator || !mismatch.type) return listProblem(error as ListMismatch, url);
      if (mismatch.type === "response") break;
      return violationProblem(mismatch.validator.Errors(mismatch.value), mismatch.type);
    }
    default: // a schema's own Decode threw: Elysia has set 422 and passes the error on
      if (status === 422) return new Problem(422);
  }
  return new Problem(500, FAILED);
}
