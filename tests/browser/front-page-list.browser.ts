// The front page with stubbed lists of workers and documents.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { OpenAPIV3 } from "openapi-types";
import type { Browser, Page } from "playwright-core";
import { launch, NO_PARTS, open, type PageProblems, type Stubs, screenshot } from "./chromium.ts";

const CLEAN: PageProblems = { errors: [], violations: [], foreign: [] };
const responses = { 200: { description: "OK" } };
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

function document(path: string, operation: Partial<OpenAPIV3.OperationObject>, method = "post") {
  const requestBody = { content: { "application/json": { example: { text: "it's" } } } };
  const body = method === "post" ? { requestBody } : {};
  const full = { summary: `What ${path} does`, ...body, responses, ...operation };
  return { json: { openapi: "3.0.3", paths: { [path]: { [method]: full } } } };
}

const front = (workers: Stubs[string], stubs: Stubs = {}, expected: number[] = []) =>
  open(browser, "/", expected, {}, { ...NO_PARTS, "/docs/workers.json": workers, ...stubs });
const curl = (page: Page) => page.locator("#curl pre").textContent();

test("without workers the page says how to add one", async () => {
  const { page, problems } = await front({ json: { workers: [], routes: [] } });
  await page.waitForSelector("#served code");
  expect(await page.locator("#served").textContent()).toBe(
    "No worker is served yet. Add one: make new-worker NAME=my-api",
  );
  expect(await page.locator(".card[hidden]").count()).toBe(2);
  await screenshot(page, "front-page-no-worker");
  expect(problems).toEqual(CLEAN);
});

test("the page says why the list is unavailable", async () => {
  const { page } = await front({ status: 503 }, {}, [503]);
  expect(await page.getByRole("alert").filter({ hasText: "listed" }).textContent()).toBe(
    "The paths cannot be listed: /docs/workers.json answers 503. Reload the page to try again.",
  );
});

test("a worker whose document is unavailable is listed with the reason, and the others work", async () => {
  const stubs = {
    "/openapi/one.json": document("/one", {}),
    "/openapi/gone.json": { status: 502 },
    "/openapi/odd.json": { body: "<html>" },
    "/openapi/bare.json": { json: { openapi: "3.0.3", paths: {} } },
    "/openapi/away.json": document("//elsewhere.example/x", {}), // another origin
    "/openapi/constructor.json": document("/constructor", {}), // a name that every object has
  };
  const workers = "constructor one gone odd bare away";
  const { page } = await front({ json: { workers } }, stubs, [502]);
  await page.waitForSelector("#send");
  expect(await page.locator("#served label").allTextContents()).toEqual([
    "POST /constructor What /constructor does constructor",
    "POST /one What /one does one",
  ]);
  expect(await page.locator(".missing").allTextContents()).toEqual([
    "gone: /openapi/gone.json answers 502.",
    "odd: /openapi/odd.json is not JSON.",
    "bare: Its document has no paths.",
    "away: Its document has no paths.",
  ]);
});

test("a header that selects a worker is a version, named by its document or by the route", async () => {
  const schema: OpenAPIV3.SchemaObject = { type: "string", enum: ["beta"] };
  const parameters = [{ name: "X-Group", in: "header", required: true, schema }];
  const routes = [
    {
      name: "shared",
      worker: "one",
      paths: ["/shared"],
      header: "X-Group",
      values: { beta: "two", gamma: "three" },
    },
  ];
  const stubs = {
    "/openapi/one.json": document("/shared", {}),
    "/openapi/two.json": document("/shared", { parameters }),
    "/openapi/three.json": document("/shared", {}),
  };
  const { page } = await front({ json: { workers: ["one", "two", "three"], routes } }, stubs);
  const versions = page.locator("#versions label");
  await versions.first().waitFor();
  expect(await page.locator("#served label").allTextContents()).toEqual([
    "POST /shared What /shared does one, two, three",
  ]);
  expect(await versions.allTextContents()).toEqual([
    "one by default",
    "two X-Group: beta",
    "three X-Group: gamma",
  ]);
  expect(await curl(page)).not.toContain("X-Group");
  await page.fill("[name=body]", "typed");
  await versions.nth(2).click();
  expect(await page.inputValue("[name=body]")).toBe("typed");
  expect(await curl(page)).toContain("-H 'X-Group: gamma'");
});

test("an enum is a choice, required fields are marked, and an empty one is not sent", async () => {
  const shared: OpenAPIV3.SchemaObject = { type: "string", enum: ["up", "down"] };
  const parameters = [
    { name: "id", in: "path", required: true, schema: { type: "string" } },
    { name: "sort", in: "query", schema: { $ref: "#/components/schemas/Sort" } },
    {
      name: "unit",
      in: "query",
      required: true,
      example: "m",
      schema: { type: "string", enum: ["km", "m"] },
    },
  ];
  const { json } = document("/items/{id}", { parameters: parameters as never, security: [] }, "get");
  const stubs = {
    "/openapi/one.json": { json: { ...json, components: { schemas: { Sort: shared } } } },
    "/items/7?unit=m": { body: "first" },
    "/items/7?sort=down&unit=m": { body: "second" },
  };
  const { page, problems } = await front({ json: { workers: ["one"] } }, stubs);
  await page.waitForSelector("#send");
  expect(await page.locator("#fields label small").allTextContents()).toEqual([
    "in the path, required",
    "in the query",
    "in the query, required",
  ]);
  expect(await page.locator("[name='query.sort'] option").allTextContents()).toEqual(["", "up", "down"]);
  expect(await page.locator("[name='query.unit'] option").allTextContents()).toEqual(["km", "m"]);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.click("#send", { noWaitAfter: true });
  expect(await page.evaluate("document.activeElement.name")).toBe("path.id");
  await page.fill("[name='path.id']", "7");
  await page.click("#send", { noWaitAfter: true });
  await page.waitForSelector(".answer:has-text('first')");
  await page.selectOption("[name='query.sort']", "down");
  await page.click("#send", { noWaitAfter: true });
  await page.waitForSelector(".answer:has-text('second')");
  expect(asked.length).toBe(2);
  expect(problems).toEqual(CLEAN);
});

test("many at once are offered for a GET and an idempotent POST only", async () => {
  const post = { summary: "", responses, requestBody: { content: { "application/json": { example: {} } } } };
  const get = { summary: "", responses };
  const paths = {
    "/notes": { post, get, put: post },
    "/notes/{id}": { delete: get },
    "/notes/count": { post },
    "/tallies": { post },
  };
  const routes = [
    {
      name: "notes",
      worker: "one",
      paths: ["/notes/*", "/notes/count", "/tallies"],
      idempotent: ["/notes/count"],
    },
  ];
  const stubs = { "/openapi/one.json": { json: { openapi: "3.0.3", paths } } };
  const { page } = await front({ json: { workers: ["one"], routes } }, stubs);
  await page.waitForSelector("#send");
  const offered: string[] = [];
  for (const row of await page.locator("#served label").all()) {
    await row.click();
    if (await page.locator("#burst").isVisible())
      offered.push((await row.locator("code").textContent()) ?? "");
  }
  expect(offered).toEqual(["GET /notes", "POST /notes/count"]);
});

test("parameters are fields, and a path without security needs no sign-in", async () => {
  const parameters = [
    { name: "id", in: "path", required: true, example: "a/b", schema: { type: "string" } },
    { name: "limit", in: "query", schema: { type: "integer", default: 3 } },
    { name: "X-Tenant", in: "header", required: true, example: "t1", schema: { type: "string" } },
  ] as const;
  const get = document("/items/{id}", { parameters: [...parameters], security: [] }, "get");
  const stubs = { "/openapi/one.json": get, "/items/a%2Fb?limit=3": { body: "plain text" } };
  const { page, problems } = await front({ json: { workers: ["one"] } }, stubs);
  await page.waitForSelector("#send");
  expect(await curl(page)).toMatch(
    /^curl --cacert gateway\/certs\/nginx\.crt '\S+\/items\/a%2Fb\?limit=3' \\\n {2}-H 'X-Tenant: t1'$/,
  );
  const asked = page.waitForRequest((request) => request.url().includes("/items/"));
  await page.click("#send", { noWaitAfter: true });
  const headers = (await asked).headers();
  expect([headers["x-tenant"], headers["authorization"]]).toEqual(["t1", undefined]);
  await page.waitForSelector(".answer");
  expect(await page.locator(".answer code").textContent()).toBe("plain text");
  expect(problems).toEqual(CLEAN);
});
