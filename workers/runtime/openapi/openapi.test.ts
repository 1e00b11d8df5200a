import { expect, test } from "bun:test";
import { t } from "elysia";
import type { OpenAPIV3 } from "openapi-types";
import { problemResponses, Text, withExample, worker } from "../index.ts";

const Answer = t.Object({ count: t.Integer(), kind: t.UnionEnum(["a", "b"]) }, { title: "Answer" });
const app = worker("echo", {
  description: "For these tests.",
  selectedBy: { header: "X-Group", value: "new", description: "is new" },
}).post("/count", () => ({ count: 1, kind: "a" as const }), {
  body: t.Object({ text: Text(5, { examples: ["abc"] }) }),
  response: { 200: withExample(Answer, { count: 1, kind: "a" }), ...problemResponses },
});

const ask = (path: string) => app.handle(new Request(`http://localhost${path}`));
const count = (body: string) => {
  const headers = { "content-type": "application/json" };
  return app.handle(new Request("http://localhost/count", { method: "POST", headers, body }));
};
await count(JSON.stringify({ text: "a" })); // compiles the route, which changes its schemas
const document = (await (await ask("/openapi.json")).json()) as OpenAPIV3.Document;
const post = document.paths["/count"]?.post as OpenAPIV3.OperationObject;
const content = (status: number) => (post.responses[status] as OpenAPIV3.ResponseObject).content;

test("bodies and answers are JSON, problems are problem+json", () => {
  expect(Object.keys((post.requestBody as OpenAPIV3.RequestBodyObject).content)).toEqual([
    "application/json",
  ]);
  expect(Object.keys(content(200) ?? {})).toEqual(["application/json"]);
  expect(Object.keys(content(422) ?? {})).toEqual(["application/problem+json"]);
});

test("answers and bodies have a complete example", () => {
  expect(content(200)?.["application/json"]?.example).toEqual({ count: 1, kind: "a" });
  const body = (post.requestBody as OpenAPIV3.RequestBodyObject).content["application/json"];
  expect(body?.example).toEqual({ text: "abc" });
});

test("the example of a 422 is the answer to an empty body", async () => {
  const real = (await (await count("{}")).json()) as { request_id: string };
  const example = content(422)?.["application/problem+json"]?.example;
  expect({ ...real, request_id: example.request_id }).toEqual(example);
});

test("so is that of a body without required members", async () => {
  const body = t.Partial(t.Object({ a: t.Integer(), b: t.Integer() }), { minProperties: 1 });
  const app = worker("some", { description: "" }).patch("/some", () => "", { body });
  const init = { method: "PATCH", headers: { "content-type": "application/json" }, body: "{}" };
  const real = await (await app.handle(new Request("http://localhost/some", init))).json();
  const answer = await app.handle(new Request("http://localhost/openapi.json"));
  const { patch } = ((await answer.json()) as OpenAPIV3.Document).paths["/some"] ?? {};
  const documented = (patch?.responses[422] as OpenAPIV3.ResponseObject | undefined)?.content;
  const example = documented?.["application/problem+json"]?.example;
  expect(real).toMatchObject({ errors: [{ field: "(body)", message: "must have at least 1 property" }] });
  expect({ ...(real as object), request_id: example.request_id }).toEqual(example);
});

test("schemas with a title are shared, without keywords of Elysia", () => {
  expect(document.components?.schemas?.["Answer"]).toMatchObject({
    properties: { count: { type: "integer" }, kind: { type: "string", enum: ["a", "b"] } },
  });
  expect(JSON.stringify(document)).not.toMatch(/"default"|"anyOf"|"examples"|"additionalProperties"/);
});

test("the example of X-Served-By is this worker", () => {
  expect(document.components?.headers?.["ServedBy"]).toMatchObject({ schema: { example: "echo/1" } });
});

test("the selecting header is a required parameter", () => {
  expect(post.parameters?.[0]).toMatchObject({ name: "X-Group", required: true, schema: { enum: ["new"] } });
});

test("each operation has the gateway's credentials, request id and answers", () => {
  expect(post.security).toEqual([{ basic: [] }]);
  expect(post.parameters).toContainEqual({ $ref: "#/components/parameters/RequestId" });
  expect(Object.keys(post.responses)).toEqual([
    "200",
    "400",
    "401",
    "413",
    "415",
    "422",
    "429",
    "500",
    "502",
    "503",
    "504",
  ]);
  expect(post.responses[401]).toMatchObject({ headers: { "WWW-Authenticate": {} } });
  expect(post.responses[503]).toMatchObject({ headers: { "Retry-After": {} } });
  expect(content(502)?.["application/problem+json"]?.example).toMatchObject({
    status: 502,
    detail: "No worker could answer. Try again shortly.",
    instance: "/count",
  });
});

test("a route with empty security needs no credentials", async () => {
  const open = worker("open", { description: "Open." }).get("/open", () => "yes", {
    detail: { security: [] },
  });
  const answer = await open.handle(new Request("http://localhost/openapi.json"));
  const { get } = ((await answer.json()) as OpenAPIV3.Document).paths["/open"] ?? {};
  expect(get?.security).toEqual([]);
  expect(Object.keys(get?.responses ?? {})).not.toContain("401");
  expect(Object.keys(get?.responses ?? {})).not.toContain("413");
});

test("a body that must be absent is documented as none", async () => {
  const app = worker("none", { description: "No body." })
    .delete("/a", () => "", { body: t.Undefined() })
    .delete("/b", () => "", { body: t.Optional(t.Undefined()) });
  const answer = await app.handle(new Request("http://localhost/openapi.json"));
  const { paths } = (await answer.json()) as OpenAPIV3.Document;
  for (const path of ["/a", "/b"]) {
    expect(paths[path]?.delete).not.toHaveProperty("requestBody");
    expect(Object.keys(paths[path]?.delete?.responses ?? {})).toContain("413");
  }
});

test("probes, metrics and the plugin's page are not documented, and the page is 404", async () => {
  expect(Object.keys(document.paths)).toEqual(["/count"]);
  expect((await ask("/openapi")).status).toBe(404);
});

test("the documented pattern of a text matches what the worker accepts, for every BMP character", async () => {
  const media = (post.requestBody as OpenAPIV3.RequestBodyObject).content["application/json"];
  const schema = media?.schema as { properties: { text: { pattern: string } } };
  const pattern = new RegExp(schema.properties.text.pattern);
  for (let code = 0; code <= 0xffff; code++) {
    const text = String.fromCharCode(code);
    if (pattern.test(text) !== text.trim().length > 0) throw new Error(`differs for U+${code.toString(16)}`);
  }
});

test("a parameter's examples become its example", async () => {
  const params = t.Object({
    id: t.String({ format: "uuid", examples: ["3f2504e0-4f89-41d3-9a0c-0305e82c3301"] }),
  });
  const query = t.Object({
    limit: t.Integer({ minimum: 1, examples: [10, 20] }),
    sort: t.Optional(t.UnionEnum(["up", "down"], { examples: ["down"] })),
    tags: t.Array(t.String(), { examples: [["a", "b"]] }),
    page: t.Optional(t.Nullable(t.Integer({ examples: [3] }))),
  });
  const app = worker("shown", { description: "Shown." }).get("/shown/:id", () => "", {
    params,
    query,
    headers: t.Object({ "x-tenant": t.String({ examples: ["t1"] }) }),
    cookie: t.Cookie({ session: t.String({ examples: ["s1"] }) }),
  });
  const answer = await app.handle(new Request("http://localhost/openapi.json"));
  const { get } = ((await answer.json()) as OpenAPIV3.Document).paths["/shown/{id}"] ?? {};
  const own = (get?.parameters ?? []).filter((each) => "name" in each);
  expect(Object.fromEntries(own.map(({ name, example }) => [name, example]))).toEqual({
    id: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    limit: 10,
    sort: "down",
    tags: ["a", "b"],
    page: 3,
    "x-tenant": "t1",
    session: "s1",
  });
  expect(JSON.stringify(own)).not.toContain('"examples"');
});

test("JSON Schema's own keywords are written as OpenAPI 3.0 writes them, in a query and a cookie too", async () => {
  const query = t.Object({
    only: t.Literal("a"),
    above: t.Number({ exclusiveMinimum: 0 }),
    day: t.Date(),
    some: t.Optional(t.Nullable(t.Integer())),
  });
  const app = worker("kinds", { description: "Kinds." }).get("/kinds", () => "", {
    query,
    cookie: t.Cookie({ session: t.String({ minLength: 4, error: "sign in first" }) }),
    response: { 200: t.String() },
  });
  const answer = await app.handle(new Request("http://localhost/openapi.json"));
  const { get } = ((await answer.json()) as OpenAPIV3.Document).paths["/kinds"] ?? {};
  const schemas = get?.parameters?.map((each) => "name" in each && [each.in, each.required, each.schema]);
  expect(schemas?.slice(0, 5)).toEqual([
    ["query", true, { type: "string", enum: ["a"] }],
    ["query", true, { type: "number", minimum: 0, exclusiveMinimum: true }],
    ["query", true, { type: "string", format: "date-time" }],
    ["query", false, { type: "integer", nullable: true }],
    ["cookie", true, { type: "string", minLength: 4 }],
  ]);
  expect(Object.keys(get?.responses ?? {})).toContain("422");
});
