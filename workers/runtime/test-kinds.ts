// The worker of the tests of error words: a route for each kind of schema in each part of a request.
import { type TSchema, t } from "elysia";
import { Problem, problem, problemResponses, serve, Text, worker } from "./index.ts";

/** A kind of schema: its words, and whether a query, a parameter, a header and a cookie may have it. */
interface Kind {
  schema: TSchema;
  words: string;
  /** Only in a body. */
  body?: true;
  /** The words inside of a value of this kind. */
  inside?: string[];
}

const Card = t.Object({ by: t.Literal("card"), number: t.String({ pattern: "^[0-9]{4}$" }) });
const Iban = t.Object({ by: t.Literal("iban"), account: t.Integer({ minimum: 1 }) });

export const KINDS: Record<string, Kind> = {
  uuid: { schema: t.String({ format: "uuid" }), words: "must be a UUID" },
  email: { schema: t.String({ format: "email" }), words: "must be an email address" },
  date: { schema: t.String({ format: "date" }), words: "must be a date as in 2026-01-31" },
  datetime: {
    schema: t.String({ format: "date-time" }),
    words: "must be a date and time as in 2026-01-31T12:00:00Z",
  },
  time: { schema: t.String({ format: "time" }), words: "must be a time as in 12:00:00Z" },
  uri: { schema: t.String({ format: "uri" }), words: "must be a URI" },
  ipv4: { schema: t.String({ format: "ipv4" }), words: "must be an IPv4 address" },
  ipv6: { schema: t.String({ format: "ipv6" }), words: "must be an IPv6 address" },
  hostname: { schema: t.String({ format: "hostname" }), words: "must be a host name" },
  pattern: { schema: t.String({ pattern: "^[A-Z]{3}$" }), words: "must be a string that matches ^[A-Z]{3}$" },
  text: { schema: Text(5), words: "must be a string of 1 to 5 characters after trimming" },
  plain: { schema: t.String(), words: "must be a string" },
  short: { schema: t.String({ maxLength: 3 }), words: "must be a string of 0 to 3 characters" },
  long: { schema: t.String({ minLength: 9 }), words: "must be a string of at least 9 characters" },
  exact: { schema: t.String({ minLength: 2, maxLength: 2 }), words: "must be a string of 2 characters" },
  number: { schema: t.Number(), words: "must be a number" },
  range: { schema: t.Number({ minimum: 0, maximum: 1 }), words: "must be a number from 0 to 1" },
  least: { schema: t.Number({ minimum: 5 }), words: "must be a number of at least 5" },
  above: {
    schema: t.Number({ exclusiveMinimum: 0, multipleOf: 3 }),
    words: "must be a number greater than 0 and divisible by 3",
  },
  below: { schema: t.Integer({ exclusiveMaximum: 0 }), words: "must be an integer less than 0" },
  integer: { schema: t.Integer({ maximum: 9 }), words: "must be an integer of at most 9" },
  numeric: { schema: t.Numeric({ minimum: 1 }), words: "must be a number of at least 1" },
  boolean: { schema: t.Boolean(), words: "must be true or false" },
  literal: { schema: t.Literal("yes"), words: 'must be "yes"' },
  enum: { schema: t.UnionEnum(["a", "b"]), words: 'must be one of "a", "b"' },
  literals: { schema: t.Union([t.Literal("a"), t.Literal("b")]), words: 'must be one of "a", "b"' },
  mixed: { schema: t.Union([t.Literal("all"), t.Integer()]), words: 'must be "all" or an integer' },
  own: {
    schema: t.String({ minLength: 4, error: "must be a name you know" }),
    words: "must be a name you know",
  },
  instant: { schema: t.Date(), words: "must be a date, as in 2026-01-31 or 2026-01-31T12:00:00Z" },
  nullable: { schema: t.Nullable(t.Integer()), words: "must be an integer or null", body: true },
  null: { schema: t.Null(), words: "must be null", body: true },
  file: { schema: t.File(), words: "must be a file, which JSON cannot carry", body: true },
  array: {
    schema: t.Array(t.Integer(), { minItems: 1, maxItems: 2 }),
    words: "must be an array of 1 to 2 items",
    inside: ["must be an integer"],
    body: true,
  },
  unique: {
    schema: t.Array(t.Integer(), { uniqueItems: true }),
    words: "must be an array of different items",
    inside: ["must be an integer"],
    body: true,
  },
  tuple: {
    schema: t.Tuple([t.Boolean(), t.Null()]),
    words: "must be an array of 2 items",
    inside: ["must be true or false", "must be null"],
    body: true,
  },
  record: {
    schema: t.Record(t.String(), t.Boolean()),
    words: "must be an object",
    inside: ["must be true or false"],
    body: true,
  },
  object: {
    schema: t.Object({ a: t.Boolean(), b: t.Optional(t.Null()) }, { additionalProperties: false }),
    words: "must be an object with a, b",
    inside: ["must be true or false", "must be null"],
    body: true,
  },
  some: {
    schema: t.Partial(t.Object({ a: t.Boolean(), b: t.Boolean() }), { minProperties: 1, maxProperties: 2 }),
    words: "must be an object with a, b",
    inside: ["must be true or false", "must have at least 1 property", "must have at most 2 properties"],
    body: true,
  },
  variants: {
    schema: t.Union([Card, Iban]),
    words: "must be an object with by, number or an object with by, account",
    inside: ["must be a string that matches ^[0-9]{4}$", "must be an integer of at least 1"],
    body: true,
  },
};

/** In a body a value is required, optional, in a list, and deep inside. */
export const bodyOf = (schema: TSchema) =>
  t.Object({
    v: schema,
    maybe: t.Optional(schema),
    list: t.Optional(t.Array(schema, { maxItems: 3 })),
    deep: t.Optional(t.Object({ b: t.Array(t.Object({ c: schema })) })),
  });

const done = () => ({ ok: true });
const response = { 200: t.Object({ ok: t.Boolean() }), ...problemResponses };

export function kindsWorker() {
  const app = worker("kinds", { description: "Accepts one kind of value." });
  for (const [name, { schema, body }] of Object.entries(KINDS)) {
    app.post(`/body/${name}`, done, { body: bodyOf(schema), response });
    if (body) continue;
    app.get(`/query/${name}`, done, {
      query: t.Object({ v: schema, list: t.Optional(t.Array(schema)) }),
      response,
    });
    app.put(`/params/${name}/:v`, done, { params: t.Object({ v: schema }), response });
    app.delete(`/headers/${name}`, done, { headers: t.Object({ "x-v": schema }), response });
    app.get(`/cookie/${name}`, done, { cookie: t.Cookie({ v: schema }), response });
  }
  return app
    .get("/rest/*", done, { response })
    .patch("/optional", done, { body: t.Optional(t.Object({ v: t.Integer() })), response })
    .get(
      "/files/:name",
      () => {
        throw new Problem(404, "There is no file.");
      },
      { response: { 404: problem("There is no file.") } },
    );
}

if (import.meta.main) serve(kindsWorker());
