import { describe, expect, test } from "bun:test";
import { t } from "elysia";
import fc from "fast-check";
import { compare, described, divergence } from "./compare.ts";
import type { Answer } from "./contract.ts";
import { fieldsOf } from "./fields.ts";

const json = (value: unknown, status: Answer["status"] = 200): Answer => ({
  status,
  type: "application/json",
  text: JSON.stringify(value),
});

const probability = t.Number({ minimum: 0, maximum: 1 });
const Item = t.Object({ label: t.UnionEnum(["a", "b"]), score: t.Number() });
const Schema = t.Object({
  label: t.Union([t.Literal("joy"), t.Literal("anger")]),
  odds: t.Object({ joy: probability, anger: probability }),
  score: t.Number({ "x-compare": { tolerance: 0.01 } }),
  count: t.Integer(),
  flag: t.Boolean(),
  note: t.String(),
  id: t.String({ format: "uuid" }),
  at: t.String({ format: "date-time" }),
  ms: t.Number({ "x-compare": "ignore" }),
  code: t.String({ "x-compare": "label" }),
  items: t.Array(Item),
});
const FIELDS = fieldsOf(Schema);
const ANSWER = {
  label: "joy",
  odds: { joy: 0.75, anger: 0.25 },
  score: 1,
  count: 3,
  flag: true,
  note: "text",
  id: "7f8e",
  at: "2026-01-01T00:00:00Z",
  ms: 1,
  code: "eng",
  items: [
    { label: "a", score: 1 },
    { label: "b", score: 2 },
  ],
};
const against = (change: object, status: Answer["status"] = 200) =>
  compare(json(ANSWER), json({ ...ANSWER, ...change }, status), FIELDS);

test("each field has the rule of its type, or its own", () => {
  const rules = Object.fromEntries(
    [...FIELDS].map(([path, { rule, tolerance }]) => [path, [rule, tolerance]]),
  );
  expect(rules).toMatchObject({
    label: ["label", 1e-6],
    odds: ["distribution", 1e-6],
    "odds.joy": ["number", 1e-6],
    score: ["number", 0.01],
    count: ["number", 0],
    flag: ["label", 1e-6],
    note: ["text", 1e-6],
    id: ["ignore", 1e-6],
    at: ["ignore", 1e-6],
    ms: ["ignore", 1e-6],
    code: ["label", 1e-6],
    "items[].label": ["label", 1e-6],
    "items[].score": ["number", 1e-6],
  });
});

test.each(["labels", 1, { tolerance: -1 }, { tolerance: "0.1" }, null])("x-compare: %j is refused", (own) => {
  expect(() => fieldsOf(t.Object({ score: t.Number({ "x-compare": own }) }))).toThrow(
    "x-compare of score must be one of label, number, distribution, text, ignore or { tolerance: NUMBER }, 0 or more",
  );
});

test("x-compare that is not for the type is refused", () => {
  expect(() => fieldsOf(t.Object({ name: t.String({ "x-compare": { tolerance: 1 } }) }))).toThrow(
    'x-compare of name is {"tolerance":1}, which is not for type string',
  );
  expect(() => fieldsOf(t.Object({ list: t.Array(t.String(), { "x-compare": "label" }) }))).toThrow(
    'x-compare of list is "label", which is not for type array',
  );
});

test("fields of intersections, tuples, records, dates and variants", () => {
  const schema = t.Object({
    both: t.Intersect([
      t.Object({ id: t.String({ format: "uuid" }) }),
      t.Object({ kind: t.UnionEnum(["a"]) }),
    ]),
    pair: t.Tuple([t.String({ format: "uuid" }), t.String({ format: "uuid" })]),
    counts: t.Record(t.String(), t.Integer()),
    at: t.Date(),
    one: t.Union([t.Object({ is: t.Literal("x") }), t.Object({ is: t.Literal("y") })]),
  });
  const fields = fieldsOf(schema);
  const rules = Object.fromEntries([...fields].map(([path, { rule }]) => [path, rule]));
  expect(rules).toMatchObject({
    "both.id": "ignore",
    "both.kind": "label",
    "pair[]": "ignore",
    "counts.*": "number",
    at: "ignore",
    "one.is": "label",
  });
  expect(fields.get("one.is")?.values).toEqual(new Set(["x", "y"]));
  const answer = {
    both: { id: "1", kind: "a" },
    pair: ["1", "2"],
    counts: { a: 1 },
    at: "1",
    one: { is: "x" },
  };
  const other = { ...answer, both: { id: "2", kind: "a" }, pair: ["3"], counts: { a: 2 }, at: "2" };
  const found = compare(json(answer), json(other), fields);
  expect(found).toMatchObject({ sameLabel: true, shapes: [], same: false });
  expect(found.numbers).toEqual([{ path: "counts.*", difference: 1, within: false }]);
});

test("equal answers are the same; ids, times and ignored fields are not compared", () => {
  const found = against({ id: "other", at: "2027-01-01T00:00:00Z", ms: 99 });
  expect(found).toMatchObject({ same: true, sameLabel: true, distance: 0, shapes: [] });
  expect(found.labels.map(({ path }) => path)).toEqual([
    "label",
    "flag",
    "code",
    "items[].label",
    "items[].label",
  ]);
});

describe("a difference", () => {
  test("of a label, also in a list", () => {
    expect(against({ label: "anger" })).toMatchObject({ same: false, sameLabel: false });
    const found = against({ items: [ANSWER.items[0], { label: "a", score: 2 }] });
    expect(found.sameLabel).toBe(false);
    expect(found.labels.at(-1)).toEqual({ path: "items[].label", stable: "b", candidate: "a", same: false });
  });

  test("a label that is absent, or of another type, is another label", () => {
    expect(against({ label: null })).toMatchObject({ same: false, sameLabel: false });
    expect(against({ label: undefined })).toMatchObject({ same: false, sameLabel: false });
  });

  test("of labels below what is missing, of another type, or in a list of another length", () => {
    for (const items of [undefined, null, [], [ANSWER.items[0]], [...ANSWER.items, ANSWER.items[0]]])
      expect(against({ items })).toMatchObject({ same: false, sameLabel: false });
    const list = fieldsOf(t.Object({ tags: t.Array(t.UnionEnum(["a", "b"])) }));
    const tags = (before: string[], after: string[]) =>
      compare(json({ tags: before }), json({ tags: after }), list);
    expect(tags(["a", "b"], ["a"])).toMatchObject({ same: false, sameLabel: false });
    expect(tags([], ["a"])).toMatchObject({ same: false, sameLabel: false });
    expect(tags(["a"], ["a"])).toMatchObject({ same: true, sameLabel: true });
  });

  test("of labels that begin with the same characters", () => {
    const fields = fieldsOf(t.Object({ label: t.String({ "x-compare": "label" }) }));
    const [one, other] = ["X", "Y"].map((last) => json({ label: `${"a".repeat(64)}${last}` })) as [
      Answer,
      Answer,
    ];
    const { labels, sameLabel } = compare(one, other, fields);
    expect(sameLabel).toBe(false);
    expect(labels[0]!.stable).not.toBe(labels[0]!.candidate);
    expect(compare(one, one, fields).sameLabel).toBe(true);
  });

  test("in words", () => {
    const items = [ANSWER.items[0], { label: "a", score: 2.5 }];
    expect(described(against({ items, note: "other", more: 1 }))).toEqual([
      "items[].label b -> a",
      "items[].score by 0.500",
      "note",
      "more is extra",
    ]);
  });

  test("of a number, within its tolerance or beyond", () => {
    expect(against({ score: 1.009 })).toMatchObject({ same: true, sameLabel: true });
    expect(against({ score: 1.02 })).toMatchObject({ same: false, sameLabel: true });
    expect(against({ count: 4 })).toMatchObject({ same: false, sameLabel: true });
    const { numbers } = against({ score: 1.009 });
    expect(numbers.find(({ path }) => path === "score")?.difference).toBeCloseTo(0.009, 9);
  });

  test("of a distribution", () => {
    const found = against({ odds: { joy: 0.25, anger: 0.75 } });
    expect(found.distributions[0]?.divergence).toBeCloseTo(
      divergence({ a: 0.75, b: 0.25 }, { a: 0.25, b: 0.75 }),
      12,
    );
    expect(found.same).toBe(false);
  });

  test("of the shape: missing, of another type, or additional, which is no difference", () => {
    expect(against({ note: undefined })).toMatchObject({
      same: false,
      shapes: [{ path: "note", what: "missing" }],
    });
    expect(against({ note: 1 })).toMatchObject({ same: false, shapes: [{ path: "note", what: "type" }] });
    expect(against({ items: [] })).toMatchObject({
      same: false,
      shapes: [{ path: "items[]", what: "missing" }],
    });
    expect(against({ more: 1 })).toMatchObject({ same: true, shapes: [{ path: "more", what: "extra" }] });
  });

  test("of the status; the texts of errors are not compared", () => {
    expect(against({}, 500)).toMatchObject({ same: false, sameLabel: false, labels: [] });
    expect(compare(json({}), json({}, 500), new Map()).sameLabel).toBeUndefined();
    expect(compare(json({ id: 1 }, 422), json({ id: 2 }, 422), FIELDS)).toMatchObject({ same: true });
    expect(compare(json(ANSWER), { status: "timeout", type: "", text: "" }, FIELDS).same).toBe(false);
  });

  test("of texts that are not JSON", () => {
    const text = (text: string) => ({ status: 200, type: "text/plain", text });
    expect(compare(text("a"), text("a"), new Map())).toMatchObject({ same: true, sameLabel: undefined });
    expect(compare(text("a"), text("b"), new Map()).same).toBe(false);
    expect(compare(json(ANSWER), text("a"), FIELDS)).toMatchObject({
      same: false,
      shapes: [{ what: "type" }],
    });
  });
});

describe("the Jensen-Shannon divergence", () => {
  const distribution = fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 13 })
    .map((all) => Object.fromEntries(all.map((each, i) => [`l${i}`, each])));

  test("is 0 for equal, 1 bit for disjoint ones, symmetric and bounded", () => {
    expect(divergence({ a: 1, b: 0 }, { a: 0, b: 1 })).toBeCloseTo(1, 12);
    fc.assert(
      fc.property(distribution, distribution, (p, q) => {
        expect(divergence(p, p)).toBeCloseTo(0, 9);
        expect(divergence(p, q)).toBeCloseTo(divergence(q, p), 9);
        expect(divergence(p, q)).toBeGreaterThanOrEqual(0);
        expect(divergence(p, q)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test("numbers and names without a value in between have one", () => {
  const one = compare(json({ degrees: Number.MAX_VALUE }), json({ degrees: -Number.MAX_VALUE }), FIELDS);
  expect(one.numbers).toMatchObject([{ difference: Number.MAX_VALUE, within: false }]);
  for (const name of ["toString", "__proto__", "constructor"]) {
    expect(divergence({ a: 1 }, JSON.parse(`{"a":1,"${name}":1}`))).toBeCloseTo(0.311, 3);
    expect(divergence({ a: 1e308, b: 1e308 }, JSON.parse('{"a":1e308,"b":1e308}'))).toBe(0);
  }
  expect(divergence({}, { a: 1 })).toBeLessThanOrEqual(1);
});

test("whatever two answers are, they are compared: an answer is the same as itself", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.boolean(), (a, b, known) => {
      const fields = known ? FIELDS : new Map();
      expect(compare(json(a), json(a), fields)).toMatchObject({ same: true, distance: 0 });
      const found = compare(json(a), json(b), fields);
      expect(Number.isFinite(found.distance)).toBe(true);
    }),
  );
});

test("values of any depth are compared", () => {
  const nested = (depth: number, last: string) => "[".repeat(depth) + last + "]".repeat(depth);
  const answer = (text: string): Answer => ({ status: 200, type: "application/json", text });
  for (const depth of [1, 63, 64, 65, 1000, 5000]) {
    expect(compare(answer(nested(depth, "1")), answer(nested(depth, "1")), new Map()).same).toBe(true);
    expect(compare(answer(nested(depth, "1")), answer(nested(depth, "2")), new Map()).same).toBe(false);
  }
});
