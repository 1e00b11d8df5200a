import { t } from "elysia";

/** RFC 9457, section 3.1, with this project's two additions. */
export const ProblemSchema = t.Object(
  {
    type: t.String(),
    title: t.String(),
    status: t.Integer({ minimum: 400, maximum: 599 }),
    detail: t.String(),
    instance: t.String(),
    request_id: t.String(),
    errors: t.Optional(t.Array(t.Object({ field: t.String(), message: t.String() }))),
  },
  { description: "What went wrong, as problem details (RFC 9457)." },
);

/** The answers any guarded JSON route may give besides its own. */
export const problemResponses = {
  400: ProblemSchema,
  401: ProblemSchema,
  413: ProblemSchema,
  415: ProblemSchema,
  422: ProblemSchema,
  500: ProblemSchema,
  502: ProblemSchema,
  503: ProblemSchema,
  504: ProblemSchema,
};
