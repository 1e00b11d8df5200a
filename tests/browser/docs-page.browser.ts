import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import { workers } from "../../ops/settings/project.ts";
import { type Case, documented } from "../contract/document.ts";
import { serious, VIEWS } from "./axe.ts";
import {
  countPrompts,
  launch,
  open,
  PASSWORD,
  type PageProblems,
  type Stubs,
  screenshot,
  USER,
} from "./chromium.ts";

const CLEAN: PageProblems = { errors: [], violations: [], foreign: [] };
let browser: Browser;
let cases: Case[]; // of the worker whose document is shown first
beforeAll(async () => {
  const all = await documented();
  cases = all.filter(({ worker }) => worker === all[0]?.worker);
  browser = await launch();
});
afterAll(() => browser.close());

/** Status and body as Swagger UI shows them. */
interface Answer {
  status: string;
  body: string;
}

async function authorize(page: Page, password = PASSWORD): Promise<void> {
  await page.click(".auth-wrapper .authorize");
  await page.fill("#auth-basic-username", USER);
  await page.fill("#auth-basic-password", password);
  await page.click(".auth-btn-wrapper .authorize");
  await page.click(".auth-btn-wrapper .btn-done");
}

const block = (page: Page, path: string) => page.locator(`.opblock:has([data-path="${path}"])`);

/** Opens an operation and executes it unchanged. */
async function execute(page: Page, path: string): Promise<Answer> {
  const operation = block(page, path);
  if (!(await operation.locator(".execute").count())) {
    await operation.locator(".opblock-summary-control").click();
  }
  await operation.locator(".execute").click();
  return answerOf(operation);
}

/** Waits for the answer to an executed operation. */
async function answerOf(operation: Locator): Promise<Answer> {
  const live = operation.locator(".live-responses-table .response");
  await live
    .locator(".response-col_description .microlight, .response-col_description pre")
    .first()
    .waitFor();
  return {
    status: ((await live.locator(".response-col_status").textContent()) ?? "").trim(),
    body: (await live.locator(".response-col_description").textContent()) ?? "",
  };
}

test("lists every worker's document, and shows the selected one", async () => {
  const { page, problems } = await open(browser, "/docs");
  await page.waitForSelector(".opblock");
  const names = workers().map(({ name }) => name);
  expect(await page.locator("#choice option").allTextContents()).toEqual(names);
  const said = await page.evaluate(async (url) => (await fetch(url)).text(), `/openapi/${names[0]}.json`);
  const { info } = JSON.parse(said) as { info: { description: string } };
  expect(await page.locator(".info .description").textContent()).toContain(info.description);
  expect(problems).toEqual(CLEAN);
});

const LISTS: [string, Stubs[string], string][] = [
  ["is refused", { status: 503 }, "/docs/workers.json answers 503."],
  ["is missing", { status: 404 }, "/docs/workers.json answers 404."],
  ["is not JSON", { body: "<html>" }, "/docs/workers.json is not JSON."],
  ["is empty", { json: { workers: [] } }, "no worker is served."],
];
for (const [what, answer, said] of LISTS) {
  test(`shows one error line if the list of workers ${what}`, async () => {
    const { page } = await open(browser, "/docs", [503, 404], {}, { "/docs/workers.json": answer });
    const line = `No document can be shown: ${said} Reload the page to try again.`;
    expect(await page.getByRole("alert").textContent()).toBe(line);
  });
}

test("authorizes and executes every path of a document", async () => {
  const { page, problems } = await open(browser, "/docs");
  await authorize(page);
  for (const { path, answers } of cases) {
    const { status, body } = await execute(page, path);
    expect(status).toBe("200");
    for (const key of Object.keys(answers.get(200) ?? {})) expect(body).toContain(`"${key}":`);
  }
  await screenshot(page, "docs");
  expect(problems).toEqual(CLEAN);
});

const codes = (table: Locator) => table.locator("tbody .response-col_status").allTextContents();
const height = (operation: Locator) =>
  operation.evaluate((element: { offsetHeight: number }) => element.offsetHeight);

for (const view of VIEWS) {
  test(`the shared errors of an operation are in a closed fold, by keyboard, ${view.colorScheme}`, async () => {
    const { page, problems } = await open(browser, "/docs", [], view);
    const { path, answers } = cases[0]!;
    const operation = block(page, path);
    await operation.locator(".opblock-summary-control").click();
    const fold = operation.locator("details.shared");
    const summary = fold.locator("summary");
    await summary.waitFor();
    expect(await codes(operation)).toEqual(["200"]);
    const shared = [...answers.keys()].filter((status) => status !== 200).map(String);
    expect(await summary.textContent()).toBe(`Errors that operations share: ${shared.join(", ")}`);
    const closed = await height(operation);
    await summary.focus();
    await page.keyboard.press("Enter");
    await fold
      .locator(".response")
      .nth(shared.length - 1)
      .waitFor();
    expect(await codes(fold)).toEqual(shared);
    const opened = await height(operation);
    expect(opened).toBeGreaterThan(2 * closed);
    expect(await serious(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await fold.locator(".response").first().waitFor({ state: "detached" });
    expect(await height(operation)).toBeLessThan(opened / 2);
    expect(problems).toEqual(CLEAN);
  });
}

/** Clicks Execute of an operation as soon as it is enabled. */
async function executeAtOnce(page: Page, path: string): Promise<void> {
  const within = `.opblock:has([data-path="${path}"])`;
  await page.evaluate(`new MutationObserver((_, observer) => {
    const button = document.querySelector('${within} .execute:enabled');
    if (button) observer.disconnect(), button.click();
  }).observe(document.body, { attributes: true, childList: true, subtree: true })`);
  await page.click(`${within} .opblock-summary-control`);
}

/** A document with a required header, with a body or without other fields. */
function selecting(title: string, path: string, method: string, requestBody?: object) {
  const schema = { type: "string", enum: ["debug"] };
  const operation = {
    operationId: "only",
    parameters: [{ name: "X-Only", in: "header", required: true, schema }],
    ...(requestBody && { requestBody }),
    responses: { 200: { description: "OK" } },
  };
  return {
    openapi: "3.0.3",
    info: { title, version: "1" },
    paths: { [path]: { [method]: operation } },
  };
}

const BODY = { content: { "application/json": { schema: { type: "object" }, example: { text: "hello" } } } };
for (const [what, method, body] of [
  ["and a body", "post", BODY],
  ["and no other field", "get", undefined],
] as const) {
  test(`a required header with one value is sent by itself, of an operation with it ${what}`, async () => {
    const stubs = {
      "/docs/workers.json": { json: { workers: ["first", "only"] } },
      "/openapi/first.json": { json: selecting("first", "/", "get") },
      "/openapi/only.json": { json: selecting("only", "/livez", method, body) },
    };
    const { page } = await open(browser, "/docs", [405], {}, stubs);
    await page.waitForSelector("h1:has-text('first')");
    await page.selectOption("#choice", { label: "only" });
    await page.waitForSelector("h1:has-text('only')");
    const sent = page.waitForRequest((request) => request.url().endsWith("/livez"));
    await executeAtOnce(page, "/livez");
    const request = await sent;
    expect(request.headers()["x-only"]).toBe("debug");
    expect(request.postDataJSON()).toEqual(body ? { text: "hello" } : null);
  });
}

test("a wrong password shows the problem, and no prompt of the browser", async () => {
  const { page, problems } = await open(browser, "/docs", [401]);
  const prompts = await countPrompts(page);
  await authorize(page, "not the password");
  const { status, body } = await execute(page, cases[0]!.path);
  expect(status).toBe("401");
  expect(body).toContain('"title": "Unauthorized"');
  expect(body).toContain("www-authenticate");
  expect(prompts()).toBe(0);
  expect(problems).toEqual(CLEAN);
});
