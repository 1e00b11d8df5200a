// Requests for the worker of test-kinds.ts: each part of a request, each kind of schema, right and wrong values.
import fc from "fast-check";
import { KINDS } from "./test-kinds.ts";

/** In texts and names that are not plain: no answer may repeat it, except for a plain path as `instance`. */
export const MARK = "Zq9";
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

const text = fc.oneof(
  fc.constantFrom(
    "",
    "1",
    "0",
    "-3",
    "0.5",
    "true",
    "a",
    "all",
    "yes",
    "ABC",
    "2026-01-31",
    "12:00:00Z",
    "[",
    "{}",
    "1,x",
  ),
  fc.string({ maxLength: 6 }).map((some) => MARK + some),
  fc.constantFrom(
    "127.0.0.1",
    "a@example.org",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "https://example.org/",
  ),
);
const name = fc.oneof(
  fc.constantFrom("a", "b", "by", "number", "account", "v"),
  text.map((some) => `${some}é`),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 6, 0.5, 1e300, "card", "iban", "1234"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3 }),
    fc.record({ a: tie("value"), b: tie("value") }),
    fc.record({
      by: fc.constantFrom("card", "iban", MARK),
      number: fc.oneof(text, fc.constant("1234")),
      account: fc.oneof(tie("value"), fc.constant(1)),
    }),
  ),
}));
const members = fc.record(
  {
    v: value,
    maybe: value,
    list: fc.oneof(fc.array(value, { maxLength: 5 }), value),
    deep: fc.oneof(
      value,
      fc.record({ b: fc.oneof(value, fc.array(fc.oneof(value, fc.record({ c: value })), { maxLength: 2 })) }),
    ),
  },
  { requiredKeys: [] },
);
const json = { "content-type": "application/json" };
const body = fc.oneof(
  { weight: 6, arbitrary: members.map((some) => ({ body: JSON.stringify(some), headers: json })) },
  { weight: 2, arbitrary: value.map((some) => ({ body: JSON.stringify(some), headers: json })) },
  { weight: 1, arbitrary: text.map((some) => ({ body: some, headers: json })) },
  { weight: 1, arbitrary: text.map((some) => ({ body: some, headers: { "content-type": "text/plain" } })) },
  fc.constant({ body: "", headers: json }),
  fc.constant({ body: "", headers: {} }),
);

/** A request of a route: its own path and method in most cases. */
const kind = fc.constantFrom(...Object.keys(KINDS));
export const request = fc.record({
  kind,
  part: fc.oneof(fc.constantFrom("body", "query", "params", "headers", "cookie"), fc.constant("body")),
  other: fc.oneof(
    { weight: 9, arbitrary: fc.constant("") },
    fc.constantFrom("/", "/zz", "optional", "files", "rest", "nowhere"),
  ),
  method: fc.oneof({ weight: 6, arbitrary: fc.constant("") }, fc.constantFrom(...METHODS)),
  sent: body,
  texts: fc.array(text, { maxLength: 2 }),
  listed: fc.boolean(),
});
export type Asked = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** Requests that random values rarely are: nearly right inside. */
export const RARE: Asked[] = [
  ["variants", { by: "card", number: "12" }],
  ["variants", { by: "iban", account: 0 }],
  ["object", { a: 1, b: 1 }],
  ["tuple", [1, 1]],
  ["instant", 1e300],
].map(([kind, v]) => {
  const sent = { body: JSON.stringify({ v }), headers: json };
  return { kind: kind as string, part: "body", other: "", method: "", sent, texts: ["-3"], listed: true };
});
RARE.push({ ...RARE[0]!, kind: "range", part: "query" });
RARE.push({ ...RARE[0]!, kind: "mixed", part: "query", texts: ["true", "1"] }); // no integer, though TypeBox converts it
RARE.push({ ...RARE[0]!, kind: "boolean", part: "query", texts: ["1", "true"] });
RARE.push({ ...RARE[0]!, kind: "instant", part: "query", texts: ["12:00:00Z", "0"] });
// One item that is out of range.
for (const [kind, last] of [
  ["numeric", "1"],
  ["range", "0.5"],
] as const)
  RARE.push({ ...RARE[0]!, kind, part: "query", texts: ["-3", last] });

const USUAL: Record<string, string> = {
  body: "POST",
  query: "GET",
  params: "PUT",
  headers: "DELETE",
  cookie: "GET",
};
const printable = (some: string) => some.replace(/[^\x21-\x7e]|[;,%]/g, "");

const FIXED: Record<string, string> = {
  optional: "/optional",
  files: "/files/a",
  rest: "/rest/a/b",
  nowhere: `/${MARK}`,
};
const FIXED_METHOD: Record<string, string> = { optional: "PATCH", files: "GET", rest: "GET" };
const FIXED_PATTERN: Record<string, string> = {
  optional: "/optional",
  files: "/files/{name}",
  rest: "/rest/*",
  nowhere: "",
};

/** The request, and the path's pattern in the document. */
export function build({ kind, part, other, method, sent, texts, listed }: Asked) {
  const own = KINDS[kind]!.body ? "body" : part;
  const fixed = FIXED[other];
  const [first = ""] = texts;
  const tail = other.startsWith("/") ? other : "";
  const query = own === "query" ? `?${texts.map((some) => `v=${encodeURIComponent(some)}`).join("&")}` : "";
  const list = own === "query" && listed ? `&list=${encodeURIComponent(first)}` : "";
  const param = own === "params" ? `/${encodeURIComponent(first) || "-"}` : "";
  const path = fixed ?? `/${own}/${kind}${param}${tail}`;
  const headers: Record<string, string> = { ...sent.headers };
  if (own === "headers" && texts.length > 0) headers["x-v"] = printable(first);
  if (own === "cookie" && texts.length > 0) headers["cookie"] = `v=${printable(first)}`;
  const usual = FIXED_METHOD[other] ?? USUAL[own]!;
  const verb = method || usual;
  const bodyless = verb === "GET" || verb === "HEAD" || sent.body === "";
  const pattern = FIXED_PATTERN[other] ?? (tail ? "" : `/${own}/${kind}${param && "/{v}"}`);
  return {
    path: path + query + list,
    pattern,
    part: fixed ? "body" : own,
    verb,
    usual,
    init: { method: verb, headers, ...(!bodyless && { body: sent.body }) },
  };
}
