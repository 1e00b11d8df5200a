import { afterAll, expect, test } from "bun:test";
import { treaty } from "@elysiajs/eden";
import { Value } from "@sinclair/typebox/value";
import { NotFoundError, t } from "elysia";
import type { OpenAPIV3 } from "openapi-types";
import { Problem, problem, problemResponses, worker } from "./index.ts";
import type { ProblemDetails } from "./problem.ts";
import { ProblemSchema } from "./problem-schema.ts";

const MISSING = "There is no invoice with this id.";
const FAILED = "The worker failed to answer. Quote the request id when you report it.";
const BARE = "There is nothing with this name or id.";
const Invoice = t.Object({ id: t.String() });
const page = "<!doctype html><title>Not found</title>";

const failing = () => Bun.sleep(1).then(() => Promise.reject(new Error("the secret")));
const slow = () => Bun.sleep(30).then(() => ({ ok: true }));

const app = worker("answers", { description: "For these tests." })
  .get(
    "/invoices/:id",
    ({ params: { id } }) => {
      if (id === "0") throw new Problem(404, MISSING);
      return { id };
    },
    { response: { 200: Invoice, 404: problem(MISSING), ...problemResponses } },
  )
  .get("/status", ({ status }) => status(404))
  .get("/words", ({ status }) => status(404, "No such invoice."))
  .get("/object", ({ status }) => status(409, { held_by: "bob" }))
  .get("/no-problem", ({ status }) => status(409, { detail: 7 }))
  .get("/thrown-status", ({ status }) => {
    throw status(403, "Not yours.");
  })
  .get("/set", ({ set }) => {
    set.status = 404;
  })
  .get("/set-by-name", ({ set }) => {
    set.status = "Not Found";
    return "No such invoice.";
  })
  .get("/response", () => new Response(null, { status: 404, headers: { "x-own": "kept" } }))
  .get("/response-words", () => new Response("No such invoice.", { status: 404 }))
  .get("/response-page", () => new Response(page, { status: 404 }))
  .get("/response-json", () => Response.json({ held_by: "bob" }, { status: 409 }))
  .get("/response-thrown", () => {
    throw new Response(null, { status: 410 });
  })
  .get("/late", () => Bun.sleep(1).then(() => new Response(null, { status: 404 })))
  .get("/hidden-promise", ({ set }) => {
    const late = failing();
    set.headers["x-own"] = "1";
    return late;
  })
  .get("/hidden-success", ({ set }) => {
    const late = slow();
    set.headers["x-own"] = "1";
    return late;
  })
  .get("/not-found-error", () => {
    throw new NotFoundError(MISSING);
  })
  .get("/error", () => {
    throw new Error("the secret");
  })
  .get("/error-with-status", () => {
    throw Object.assign(new Error("the secret"), { status: 404 }); // of another server
  })
  .get("/returned-error", () => new Error("the secret"))
  .get("/string", () => {
    throw "the secret";
  })
  .get("/null", () => {
    throw null;
  })
  .get("/own-problem", () => {
    const headers = { "content-type": "application/problem+json" };
    return new Response('{"type":"https://example.org/held"}', { status: 409, headers });
  })
  .get("/redirect", ({ redirect }) => redirect("/status"))
  .get("/not-modified", ({ status }) => status(304));

app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => app.stop(true));
const ask = (path: string, method = "GET") =>
  fetch(`http://127.0.0.1:${app.server?.port}${path}`, { method, redirect: "manual" });

const ANSWERS: [string, number, string, object?][] = [
  ["/invoices/0", 404, MISSING],
  ["/status", 404, BARE],
  ["/words", 404, "No such invoice."],
  ["/object", 409, "The request conflicts with the present state.", { held_by: "bob" }],
  ["/no-problem", 409, "The request conflicts with the present state."],
  ["/thrown-status", 403, "Not yours."],
  ["/set", 404, BARE],
  ["/set-by-name", 404, "No such invoice."],
  ["/response", 404, BARE],
  ["/response-words", 404, "No such invoice."],
  ["/response-page", 404, BARE],
  ["/response-json", 409, "The request conflicts with the present state.", { held_by: "bob" }],
  ["/response-thrown", 410, "This does not exist any more."],
  ["/late", 404, BARE],
  ["/hidden-promise", 500, FAILED],
  ["/not-found-error", 404, MISSING],
  ["/error", 500, FAILED],
  ["/error-with-status", 500, FAILED],
  ["/returned-error", 500, FAILED],
  ["/string", 500, FAILED],
  ["/null", 500, FAILED],
  ["/nowhere", 404, "Nothing is served at this path."],
];
for (const [path, status, detail, members = {}] of ANSWERS) {
  test(`${path} is a problem document`, async () => {
    const answer = await ask(path);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
    const body = (await answer.json()) as ProblemDetails;
    expect(Value.Check(ProblemSchema, body)).toBe(true);
    expect(body).toMatchObject({ status, detail, ...members });
    expect(body.request_id).toBe(answer.headers.get("x-request-id") ?? "");
    expect(JSON.stringify(body)).not.toContain("secret");
    const head = await ask(path, "HEAD");
    expect([head.status, await head.text()]).toEqual([status, ""]);
  });
}

test("an own problem document, a redirect and 304 stay", async () => {
  expect(await (await ask("/own-problem")).json()).toEqual({ type: "https://example.org/held" });
  expect((await ask("/redirect")).headers.get("location")).toBe("/status");
  expect((await ask("/not-modified")).status).toBe(304);
  expect((await ask("/response")).headers.get("x-own")).toBe("kept");
});

test("a promise is measured until it is settled", async () => {
  expect(await (await ask("/hidden-success")).json()).toEqual({ ok: true });
  const metrics = await (await ask("/metrics")).text();
  expect(metrics).toMatch(/duration_seconds_bucket\{le="0.025",route="\/hidden-success",.*\} 0$/m);
});

test("errors are counted with their status and route", async () => {
  const metrics = await (await ask("/metrics")).text();
  for (const [path, status] of [...ANSWERS.slice(1, 7), ["/late", 404]]) {
    expect(metrics).toContain(`{route="${path}",method="GET",status="${status}",`);
  }
  expect(metrics).not.toContain('status="NaN"');
});

test("a route's own problem is documented with its words, and a typed client has it", async () => {
  const document = (await (await ask("/openapi.json")).json()) as OpenAPIV3.Document;
  const declared = document.paths["/invoices/{id}"]?.get?.responses[404] as OpenAPIV3.ResponseObject;
  expect(declared).not.toHaveProperty("x-shared");
  expect(declared.description).toBe(MISSING);
  const { schema, example } = declared.content?.["application/problem+json"] ?? {};
  expect(schema).toEqual({ $ref: "#/components/schemas/Problem" });
  expect(example).toMatchObject({ status: 404, detail: MISSING });
  expect(document.components?.schemas?.["Problem"]).toMatchObject({ description: ProblemSchema.description });

  const { data, error } = await treaty(app).invoices({ id: "0" }).get();
  expect(data).toBeNull();
  if (error?.status !== 404) throw new Error(`answers ${error?.status}`);
  const { detail }: { detail: string } = error.value; // typed as the problem
  expect(detail).toBe(MISSING);
});
