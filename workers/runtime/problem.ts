import { STATUS_CODES } from "node:http";

/** One rejected field of a request: its name, its parts joined by dots, and what was expected of it. */
export interface FieldError {
  /** Where the field is, in OpenAPI's terms; absent for a field of the body. */
  in?: "path" | "query" | "header" | "cookie";
  field: string;
  message: string;
}

/** RFC 9457 problem details, with the request id and, for 422, the rejected fields. */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  request_id: string;
  errors?: FieldError[];
}

export const PROBLEM_TYPE = "application/problem+json";
export const FAILED = "The worker failed to answer. Quote the request id when you report it.";

/** Where a handler gives a status and no words. */
const DETAILS: Record<number, string> = {
  400: "The request is not valid.",
  401: "The request needs valid credentials.",
  403: "The user may not do this.",
  404: "There is nothing with this name or id.",
  405: "This path does not answer that method.",
  409: "The request conflicts with the present state.",
  410: "This does not exist any more.",
  422: "The request does not match the schema.",
  429: "Too many requests. Slow down and try again.",
  503: "The worker cannot answer now. Try again.",
};

/**
 * Throw or return this in a handler to answer with a problem; `detail` must never quote the input. A status that only
 * this route has is declared with {@link problem}, so that the document and a typed client have it:
 *
 * ```ts
 * .get("/invoices/:id", ({ params }) => {
 *   const invoice = find(params.id);
 *   if (!invoice) throw new Problem(404, "There is no invoice with this id.");
 *   return invoice;
 * }, { response: { 200: Invoice, 404: problem("There is no invoice with this id."), ...problemResponses } })
 * ```
 */
export class Problem extends Error {
  readonly detail: string;

  constructor(
    readonly status: number,
    detail?: string,
    readonly errors?: FieldError[],
    readonly headers: Record<string, string> = {},
  ) {
    const said = detail ?? DETAILS[status] ?? (status < 500 ? "The worker refused the request." : FAILED);
    super(said);
    this.detail = said;
    this.name = "Problem";
  }
}

const SAFE_PATH = /^\/[A-Za-z0-9/._~-]{0,200}$/;

/** `instance` is the path if it is plain, else "/": an error does not echo the client's input. */
export function problemDetails(problem: Problem, path: string, requestId: string): ProblemDetails {
  return {
    type: "about:blank",
    title: STATUS_CODES[problem.status] ?? "Error",
    status: problem.status,
    detail: problem.detail,
    instance: SAFE_PATH.test(path) ? path : "/",
    request_id: requestId,
    ...(problem.errors && { errors: problem.errors }),
  };
}
