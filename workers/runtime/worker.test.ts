import { describe, expect, test } from "bun:test";
import { t } from "elysia";
import { Problem, Text, worker } from "./index.ts";

const app = worker("echo", { description: "For these tests." })
  .post("/length", ({ body }) => ({ length: body.text.length }), { body: t.Object({ text: Text(5) }) })
  .get("/teapot", () => {
    throw new Problem(418, "Short and stout.");
  })
  .get("/crash", () => {
    throw new Error("the secret");
  });

function post(body: string, headers: Record<string, string> = { "content-type": "application/json" }) {
  return app.handle(new Request("http://localhost/length", { method: "POST", body, headers }));
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
  ];
  for (const [name, body, status] of cases) {
    test(name, async () => expect((await post(body)).status).toBe(status));
  }

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

  test("carry the request id and never the input", async () => {
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
  test("of a crash say nothing internal", async () => {
    const answer = await get("/crash");
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
  });
  test("an unknown path is 404, a known one with another method 405", async () => {
    expect((await get("/nope")).status).toBe(404);
    const answer = await get("/length");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });
  test("a sane request id is kept, another replaced", async () => {
    const id = async (own: string) =>
      (await get("/livez", { headers: { "x-request-id": own } })).headers.get("x-request-id");
    expect(await id("abc-1.2_3")).toBe("abc-1.2_3");
    expect(await id("a b")).toMatch(/^[0-9a-f]{32}$/);
    expect(await id("a".repeat(129))).toMatch(/^[0-9a-f]{32}$/);
  });
});

test("every answer is counted once, whatever became of it", async () => {
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
