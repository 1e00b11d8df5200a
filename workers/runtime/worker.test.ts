import { describe, expect, spyOn, test } from "bun:test";
import { Elysia, t } from "elysia";
import { Problem, Text, worker } from "./index.ts";

const app = worker("echo", { description: "For these tests." })
  .post("/length", ({ body }) => ({ length: body.text.length }), { body: t.Object({ text: Text(5) }) })
  .post("/plain", () => "", { body: t.Object({ text: t.String() }) })
  .post("/list", () => "", { body: t.Array(t.Object({ n: t.Number() })) })
  .get("/teapot", () => {
    throw new Problem(418, "Short and stout.");
  })
  .get("/crash", () => {
    throw new Error("the secret");
  });

function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { "content-type": "application/json" },
  path = "/length",
) {
  return app.handle(new Request(`http://localhost${path}`, { method: "POST", body, headers }));
}

describe("bodies", () => {
  const cases: [string, string, number][] = [
    ["accepted", '{"text":"abc"}', 200],
    ["trimmed before it is measured", '{"text":"      abcde      "}', 200],
    ["measured in characters, not UTF-16 units", '{"text":"😀😀😀😀😀"}', 200],
    ["too long", '{"text":"abcdef"}', 422],
    ["too long in characters", '{"text":"😀😀😀😀😀😀"}', 422],
    ["blank", '{"text":" \\n\\t "}', 422],
    ["of a wrong type", '{"text":[]}', 422],
    ["without the field", "{}", 422],
    ["an array", "[]", 422],
    ["null", "null", 422],
    ["a number", "7", 422],
    ["with a hostile key", '{"__proto__":{"text":"a"}}', 422],
    ["empty", "", 400],
    ["broken", '{"text":', 400],
    ["nested deeply", "[".repeat(50_000), 400],
    ["nested deeply and closed", "[".repeat(50_000) + "]".repeat(50_000), 400],
    ["nested deeply in a field", `{"text":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, 400],
    ["with a field twice: the last counts", '{"text":"abcdef","text":"abc"}', 200],
    ["with a number that is Infinity", '{"text":1e999}', 422],
    ["with half a surrogate pair", '{"text":"\\ud800"}', 200],
    ["with a control character", '{"text":"\u0000"}', 400],
    ["with a byte order mark", '\ufeff{"text":"abc"}', 200],
    ["white space around it", ' \r\n\t{"text":"abc"}\n', 200],
    ["white space alone", " \n ", 400],
  ];
  for (const [name, body, status] of cases) {
    test(name, async () => expect((await post(body)).status).toBe(status));
  }

  test("that are not UTF-8 do not crash", async () => {
    const bytes = (...codes: number[]) => post(new Uint8Array(codes));
    const quoted = [...new TextEncoder().encode('{"text":"'), 0xff, 0xc3, ...new TextEncoder().encode('"}')];
    expect([(await bytes(0xff, 0xfe)).status, (await bytes(...quoted)).status]).toEqual([400, 200]);
  });
  test("with values that cannot become text are 422", async () => {
    const path = "/plain";
    const [bare, nested] = ['{"toString":1,"valueOf":1}', '[{"toString":1}]'];
    for (const value of [bare, nested]) {
      const answer = await post(`{"text":${value}}`, undefined, path);
      expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ field: "text" }] }]);
    }
  });
  test("are not serialized when the schema rejects them", async () => {
    const bodies = [
      ["/length", JSON.stringify({ text: "unmistakable words" })],
      ["/length", JSON.stringify(["unmistakable words"])],
      ["/plain", JSON.stringify({ text: ["unmistakable words"] })],
      ["/list", JSON.stringify([{ n: "unmistakable words" }])],
    ] as const;
    const stringify = spyOn(JSON, "stringify");
    const statuses: number[] = [];
    for (const [path, body] of bodies) statuses.push((await post(body, undefined, path)).status);
    const written = stringify.mock.results.map(({ value }) => String(value)).join("\n");
    stringify.mockRestore();
    expect(statuses).toEqual(bodies.map(() => 422));
    expect(written).toContain("does not match the schema");
    expect(written).not.toContain("unmistakable");
  });
  test("with many violations get the first ten", async () => {
    const list = Array.from({ length: 1000 }, (_, i) => ({ n: i % 2 ? i : "x" }));
    const { errors } = (await (await post(JSON.stringify(list), undefined, "/list")).json()) as {
      errors: unknown[];
    };
    expect(errors.length).toBe(10);
    expect(errors[9]).toEqual({ field: "18.n", message: "must be a number" });
  });
  test("of another type are 415", async () => {
    expect((await post("text=a", { "content-type": "application/x-www-form-urlencoded" })).status).toBe(415);
    expect((await post('{"text":"a"}', { "content-type": "text/plain" })).status).toBe(415);
  });
  test("may name a charset, in any case", async () => {
    expect((await post('{"text":"a"}', { "content-type": "Application/JSON; charset=utf-8" })).status).toBe(
      200,
    );
  });
});

describe("problems", () => {
  const get = (path: string, init?: RequestInit) => app.handle(new Request(`http://localhost${path}`, init));

  test("have the request id and never the input", async () => {
    const answer = await post('{"text":"do not repeat me"}');
    const text = await answer.text();
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(JSON.parse(text).request_id).toBe(answer.headers.get("x-request-id"));
    expect(JSON.parse(text).errors).toEqual([
      { field: "text", message: "must be a string of 1 to 5 characters after trimming" },
    ]);
    expect(text).not.toContain("repeat");
  });
  test("keep a handler's own status", async () => {
    const answer = await get("/teapot");
    expect(answer.status).toBe(418);
    expect(await answer.json()).toMatchObject({ detail: "Short and stout." });
  });
  test("of a crash have no internals", async () => {
    const answer = await get("/crash");
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
  });
  test("an unknown path is 404, a known one with another method 405", async () => {
    expect((await get("/nope")).status).toBe(404);
    const answer = await get("/length");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });
  test.each(["/length/", "/livez/", "/openapi.json/", "/openapi", "/openapi/"])(
    "%s is another path",
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );
  test("a path that ends with a slash has only that spelling", async () => {
    const own = worker("slash", { description: "A path that ends with a slash." })
      .post("/x/", () => "own")
      .use(new Elysia({ prefix: "/y" }).get("/", () => "plugin").get("", () => "bare"));
    const ask = async (path: string, method = "GET") => {
      const answer = await own.handle(new Request(`http://localhost${path}`, { method }));
      return answer.ok ? await answer.text() : [answer.status, answer.headers.get("allow")];
    };
    expect(await ask("/x/", "POST")).toBe("own");
    expect(await ask("/x/")).toEqual([405, "POST"]);
    expect(await ask("/x", "POST")).toEqual([404, null]);
    expect([await ask("/y/"), await ask("/y")]).toEqual(["plugin", "bare"]);
  });
  test("a valid request id is kept, another replaced", async () => {
    const id = async (own: string) =>
      (await get("/livez", { headers: { "x-request-id": own } })).headers.get("x-request-id");
    expect(await id("abc-1.2_3")).toBe("abc-1.2_3");
    expect(await id("a b")).toMatch(/^[0-9a-f]{32}$/);
    expect(await id("a".repeat(129))).toMatch(/^[0-9a-f]{32}$/);
  });
});

test("every answer is counted once", async () => {
  const counted = async (series: string) => {
    const metrics = await (await app.handle(new Request("http://localhost/metrics"))).text();
    return Number(
      new RegExp(`^http_requests_total\\{${series},worker.* (\\d+)$`, "m").exec(metrics)?.[1] ?? 0,
    );
  };
  const series = [
    'route="/length",method="POST",status="200"',
    'route="/length",method="POST",status="422"',
    'route="/length",method="POST",status="400"',
    'route="/teapot",method="GET",status="418"',
    'route="/crash",method="GET",status="500"',
    'route="\\(unmatched\\)",method="GET",status="404"',
  ];
  const before = await Promise.all(series.map(counted));
  for (const body of ['{"text":"abc"}', "{}", "{"]) await post(body);
  for (const path of ["teapot", "crash", "nope"]) await app.handle(new Request(`http://localhost/${path}`));
  const after = await Promise.all(series.map(counted));
  expect(after.map((n, i) => n - (before[i] ?? 0))).toEqual([1, 1, 1, 1, 1, 1]);
});

test("requests are counted by route pattern, not by path", async () => {
  await app.handle(new Request("http://localhost/secret-path"));
  await post('{"text":"abc"}');
  await Bun.sleep(5);
  const metrics = await (await app.handle(new Request("http://localhost/metrics"))).text();
  expect(metrics).toMatch(/http_requests_total\{route="\/length",method="POST",status="200",worker="echo"/);
  expect(metrics).toMatch(/http_requests_total\{route="\(unmatched\)",method="GET",status="404"/);
  expect(metrics).not.toContain("secret-path");
});

test("no hook makes Elysia parse headers, query and cookies of every request", async () => {
  await app.handle(new Request("http://localhost/livez"));
  const { inference } = app as unknown as { inference: Record<string, boolean> };
  const parsed = ["body", "query", "headers", "cookie", "url", "server"];
  expect(parsed.filter((part) => inference[part])).toEqual([]);
});
