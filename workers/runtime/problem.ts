import { STATUS_CODES } from "node:http";

/** One rejected field of a request: a JSON pointer-like name and what was expected of it. */
export interface FieldError {
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

/** Throw this in a handler to answer with a problem; `detail` must never quote the input. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors?: FieldError[],
    readonly headers: Record<string, string> = {},
  ) {
    super(detail);
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
