import { afterAll, describe, expect, test } from "bun:test";
import { Elysia, t } from "elysia";
import { worker } from "./index.ts";

const csv = new Elysia().onParse({ as: "global" }, async ({ request, contentType }) =>
  contentType === "text/csv" ? (await request.text()).split(",") : undefined,
);
const raw = ({ body }: { body: unknown }) => body;
const Items = t.Array(t.Object({ n: t.Number() }));

const app = worker("parse", { description: "For these tests." })
  .post("/none", async ({ request }) => request.text(), { parse: "none" })
  .post("/text", raw, { parse: "text" })
  .post("/json", raw, { parse: "json" })
  .post("/urlencoded", raw, { parse: "urlencoded" })
  .post("/formdata", raw, { parse: "formdata" })
  .post("/bytes", ({ body }) => (body as ArrayBuffer).byteLength, { parse: "arrayBuffer" })
  .post("/function", raw, { parse: async ({ request }) => `own ${await request.text()}` })
  .post("/file", ({ body }) => body.file.text(), { body: t.Object({ file: t.File() }) })
  .post("/items", raw, { body: Items })
  .mount("/mounted", async (request) => new Response(`mounted ${await request.text()}`))
  .use(csv)
  .post("/usual", raw, { body: t.Object({ a: t.Number() }) })
  .post("/csv", raw, { body: t.Array(t.String()) });

app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => app.stop(true));

const post = (path: string, body: string | FormData, type?: string) => {
  const headers = type === undefined ? undefined : { "content-type": type };
  return fetch(`http://127.0.0.1:${app.server?.port}${path}`, {
    method: "POST",
    body,
    ...(headers && { headers }),
  });
};
const form = () => {
  const data = new FormData();
  data.set("file", new File(["words"], "a.txt"));
  return data;
};
const [JSON_TYPE, TEXT, ENCODED] = ["application/json", "text/plain", "application/x-www-form-urlencoded"];

describe("a route's or plugin's own parser", () => {
  const cases: [path: string, body: string | FormData, type: string | undefined, answer: string][] = [
    ["/none", "{", JSON_TYPE, "{"],
    ["/none", "a=1", ENCODED, "a=1"],
    ["/text", "words", TEXT, "words"],
    ["/json", "[1]", JSON_TYPE, "[1]"],
    ["/urlencoded", "a=1", ENCODED, '{"a":"1"}'],
    ["/bytes", "12345", "application/octet-stream", "5"],
    ["/function", "x", TEXT, "own x"],
    ["/function", "{", JSON_TYPE, "own {"],
    ["/file", form(), undefined, "words"],
    ["/mounted", "{", JSON_TYPE, "mounted {"],
    ["/mounted/deep", "x", "image/png", "mounted x"],
    ["/csv", "a,b", "text/csv", '["a","b"]'],
    ["/csv", '["a"]', JSON_TYPE, '["a"]'],
    ["/usual", '{"a":1}', JSON_TYPE, '{"a":1}'],
  ];
  for (const [path, body, type, expected] of cases) {
    test(`${path} accepts ${type ?? "a form"}`, async () => {
      const answer = await post(path, body, type);
      expect([await answer.text(), answer.status]).toEqual([expected, 200]);
      expect(answer.headers.get("x-served-by")).toStartWith("parse/");
    });
  }

  test("a route with a form as such gets its fields", async () => {
    expect((await post("/formdata", form())).status).toBe(200);
  });

  test("what none of them reads is refused as ever", async () => {
    expect((await post("/usual", "a=1", ENCODED)).status).toBe(415);
    expect((await post("/csv", "a=1", ENCODED)).status).toBe(415);
    expect((await post("/usual", form())).status).toBe(415);
    expect((await post("/file", "a=1", ENCODED)).status).toBe(415);
    expect(await (await post("/usual", "{", JSON_TYPE)).json()).toMatchObject({
      status: 400,
      detail: "The request body is not valid JSON.",
    });
    expect(await (await post("/json", "{", JSON_TYPE)).json()).toMatchObject({ status: 400 });
  });
});

test("a value that is no array is refused as a whole", async () => {
  for (const body of ['"abc"', "{}", "5", "null"]) {
    expect(await (await post("/items", body, JSON_TYPE)).json()).toMatchObject({
      status: 422,
      errors: [{ field: "(body)", message: "must be an array" }],
    });
  }
  expect(await (await post("/items", '[{"n":1}]', JSON_TYPE)).text()).toBe('[{"n":1}]');
  expect(await (await post("/items", '[{"n":"x"}]', JSON_TYPE)).json()).toMatchObject({
    errors: [{ field: "0.n" }],
  });
  expect((await post("/items", "", JSON_TYPE)).status).toBe(400);
});
