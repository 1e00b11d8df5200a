import { t } from "elysia";

/** RFC 9457, section 3.1, with this project's two additions. */
export const ProblemSchema = t.Object(
  {
    type: t.String({ description: "A URI that names the kind of problem; about:blank: the status says it." }),
    title: t.String({ description: "The status in words." }),
    status: t.Integer({ minimum: 400, maximum: 599, description: "The HTTP status." }),
    detail: t.String({ description: "What to do about it. Never quotes the request." }),
    instance: t.String({ description: "The path that was asked for, where it is a plain one." }),
    request_id: t.String({ description: "The id in X-Request-ID and in every log line of the request." }),
    errors: t.Optional(
      t.Array(
        t.Object({
          in: t.Optional(
            t.UnionEnum(["path", "query", "header", "cookie"], {
              description: "Where the field is; absent for a field of the body.",
            }),
          ),
          field: t.String({
            description:
              "The rejected field, its parts joined by dots; (body) or (query) is the whole of it.",
          }),
          message: t.String({ description: "What the field must be." }),
        }),
        { description: "The rejected fields; only with 422." },
      ),
    ),
  },
  { title: "Problem", description: "What went wrong, as problem details (RFC 9457)." },
);

/** Problem statuses that routes share; the first three only where a body can be sent. */
export const PROBLEM_STATUSES = [400, 413, 415, 422, 401, 429, 500, 502, 503, 504] as const;
export const BODY_PROBLEMS = 3;

/**
 * The same for a route's `response`: types for a typed client, empty at run time. Elysia would compile a validator for
 * each status of each route at start, which problems do not pass through; the document has all of them.
 */
export const problemResponses = {} as Record<(typeof PROBLEM_STATUSES)[number], typeof ProblemSchema>;

/** Declares a problem of one route in its `response`, with the words that the handler throws; see {@link Problem}. */
export function problem(detail: string): typeof ProblemSchema {
  return { ...ProblemSchema, description: detail };
}
