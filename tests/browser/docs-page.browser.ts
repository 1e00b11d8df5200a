import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { workers } from "../../ops/lib/compose.ts";
import { countPrompts, launch, type Misdeeds, open, PASSWORD, screenshot, USER } from "./chromium.ts";

const CLEAN: Misdeeds = { errors: [], violations: [], foreign: [] };
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function authorize(page: Page, password = PASSWORD): Promise<void> {
  await page.click(".auth-wrapper .authorize");
  await page.fill("#auth-basic-username", USER);
  await page.fill("#auth-basic-password", password);
  await page.click(".auth-btn-wrapper .authorize");
  await page.click(".auth-btn-wrapper .btn-done");
}

/** Opens an operation and executes it as it stands. @returns status and body as Swagger UI shows them. */
async function execute(page: Page, operation: string): Promise<{ status: string; body: string }> {
  const block = page.locator(`#operations-emotion-${operation}`);
  if (!(await block.locator(".execute").count())) await block.locator(".opblock-summary-control").click();
  await block.locator(".execute").click();
  const live = block.locator(".live-responses-table .response");
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

test("the document of v2 sends the header by itself", async () => {
  const { page, misdeeds } = await open(browser, "/docs");
  await page.selectOption("#choice", { label: "api-v2" });
  await page.waitForSelector("h1:has-text('api-v2')");
  await authorize(page);
  expect((await execute(page, "postPredict")).body).toContain('"contributions"');
  expect(misdeeds).toEqual(CLEAN);
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
