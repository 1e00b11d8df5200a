import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page, Route } from "playwright-core";
import { workers } from "../../ops/settings/project.ts";
import { countPrompts, launch, type Misdeeds, open, PASSWORD, screenshot, USER } from "./chromium.ts";

const CLEAN: Misdeeds = { errors: [], violations: [], foreign: [] };
let browser: Browser;
beforeAll(async () => {
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

/** Opens an operation and executes it as it stands. */
async function execute(page: Page, operation: string): Promise<Answer> {
  const block = page.locator(`#operations-emotion-${operation}`);
  if (!(await block.locator(".execute").count())) await block.locator(".opblock-summary-control").click();
  await block.locator(".execute").click();
  return answerOf(page, operation);
}

/** Waits for the answer to an executed operation. */
async function answerOf(page: Page, operation: string): Promise<Answer> {
  const live = page.locator(`#operations-emotion-${operation} .live-responses-table .response`);
  await live
    .locator(".response-col_description .microlight, .response-col_description pre")
    .first()
    .waitFor();
  return {
    status: ((await live.locator(".response-col_status").textContent()) ?? "").trim(),
    body: (await live.locator(".response-col_description").textContent()) ?? "",
  };
}

test("offers every worker's document, and shows what the worker says", async () => {
  const { page, misdeeds } = await open(browser, "/docs");
  await page.waitForSelector("#operations-emotion-postPredict");
  const names = workers().map(({ name }) => name);
  expect(await page.locator("#choice option").allTextContents()).toEqual(names);
  const said = await page.evaluate(async () => (await fetch("/openapi/api-v1.json")).text());
  const { info } = JSON.parse(said) as { info: { description: string } };
  expect(await page.locator(".info .description").textContent()).toContain(info.description);
  expect(misdeeds).toEqual(CLEAN);
});

const LISTS: [string, Parameters<Route["fulfill"]>[0], string][] = [
  ["is refused", { status: 503 }, "answers 503"],
  ["is not there", { status: 404 }, "answers 404"],
  ["is not JSON", { body: "<html>" }, "names no worker"],
  ["is empty", { json: { workers: "" } }, "names no worker"],
];
for (const [what, answer, said] of LISTS) {
  test(`one line says so where the list of workers ${what}`, async () => {
    const { page } = await open(browser, "/docs", [503, 404]);
    await page.route("**/docs/workers.json", (route) => route.fulfill(answer));
    await page.reload();
    const line = `No document can be shown: /docs/workers.json ${said}. Reload the page to try again.`;
    expect(await page.getByRole("alert").textContent()).toBe(line);
  });
}

test("authorise and try /predict and /predict/batch", async () => {
  const { page, misdeeds } = await open(browser, "/docs");
  await authorize(page);
  const v1 = await execute(page, "postPredict");
  expect(v1.status).toBe("200");
  expect(v1.body).toContain('"prediction value": "love"');
  expect(v1.body).not.toContain("prediction_proba_dict");
  await screenshot(page, "docs");

  const batch = await execute(page, "postPredictBatch");
  expect([batch.status, batch.body]).toEqual(["200", expect.stringContaining('"predictions"')]);
  expect(misdeeds).toEqual(CLEAN);
});

/** Clicks Execute of an operation in the moment it can be clicked, sooner than any person. */
async function executeAtOnce(page: Page, operation: string): Promise<void> {
  const block = `#operations-emotion-${operation}`;
  await page.evaluate(`new MutationObserver((_, observer) => {
    const button = document.querySelector("${block} .execute:enabled");
    if (button) observer.disconnect(), button.click();
  }).observe(document.body, { attributes: true, childList: true, subtree: true })`);
  await page.click(`${block} .opblock-summary-control`);
}

test("the document of v2 sends the header by itself", async () => {
  const { page, misdeeds } = await open(browser, "/docs");
  await page.selectOption("#choice", { label: "api-v2" });
  await page.waitForSelector("h1:has-text('api-v2')");
  await authorize(page);
  await executeAtOnce(page, "postPredict");
  expect((await answerOf(page, "postPredict")).body).toContain('"contributions"');
  expect(misdeeds).toEqual(CLEAN);
});

test("a required header with one value is sent where the operation has no other field", async () => {
  const { page } = await open(browser, "/docs");
  const schema = { type: "string", enum: ["debug"] };
  const get = {
    tags: ["emotion"],
    operationId: "only",
    parameters: [{ name: "X-Only", in: "header", required: true, schema }],
    responses: { 200: { description: "alive" } },
  };
  const json = { openapi: "3.0.3", info: { title: "only", version: "1" }, paths: { "/livez": { get } } };
  await page.route("**/openapi/api-v2.json", (route) => route.fulfill({ json }));
  await page.selectOption("#choice", { label: "api-v2" });
  await page.waitForSelector("h1:has-text('only')");
  const sent = page.waitForRequest((request) => request.url().endsWith("/livez"));
  await executeAtOnce(page, "only");
  expect((await sent).headers()["x-only"]).toBe("debug");
});

test("a wrong password shows the problem, and no prompt of the browser", async () => {
  const { page, misdeeds } = await open(browser, "/docs", [401]);
  const prompts = await countPrompts(page);
  await authorize(page, "not the password");
  const { status, body } = await execute(page, "postPredict");
  expect(status).toBe("401");
  expect(body).toContain('"title": "Unauthorized"');
  expect(body).toContain("www-authenticate");
  expect(prompts()).toBe(0);
  expect(misdeeds).toEqual(CLEAN);
});
