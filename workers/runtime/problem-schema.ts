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
          field: t.String({ description: "The rejected field, its parts joined by dots." }),
          message: t.String({ description: "What the field must be." }),
        }),
        { description: "The rejected fields; only with 422." },
      ),
    ),
  },
  { title: "Problem", description: "What went wrong, as problem details (RFC 9457)." },
);

/** The answers any guarded JSON route may give besides its own. */
export const problemResponses = {
  400: ProblemSchema,
  401: ProblemSchema,
  413: ProblemSchema,
  415: ProblemSchema,
  422: ProblemSchema,
  429: ProblemSchema,
  500: ProblemSchema,
  502: ProblemSchema,
  503: ProblemSchema,
  504: ProblemSchema,
};
