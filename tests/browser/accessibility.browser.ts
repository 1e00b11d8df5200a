import { afterAll, beforeAll, expect, test } from "bun:test";
import axe, { type AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { launch, open, PASSWORD, screenshot, USER } from "./chromium.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** Each serious or critical violation as one line: the rule, and the first elements that break it. */
async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run()")) as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(" | ")}`);
}

async function ask(page: Page): Promise<void> {
  await page.click("text=Predict", { noWaitAfter: true });
  expect(await serious(page)).toEqual([]); // the dialog
  await page.fill("#name", USER);
  await page.fill("#password", PASSWORD);
  await page.click("#sign-in button[type=submit]", { noWaitAfter: true });
  await page.waitForSelector(".bars");
}

async function openOperation(page: Page): Promise<void> {
  await page.click(".auth-wrapper .authorize");
  await page.waitForSelector("#auth-basic-username");
  expect(await serious(page)).toEqual([]); // the dialog
  await page.click(".auth-btn-wrapper .btn-done");
  await page.click("#operations-emotion-postPredict .opblock-summary-control");
  await page.waitForSelector("#operations-emotion-postPredict .execute");
  await page.waitForTimeout(300); // its colours fade in
}

const fits = (page: Page) => page.evaluate("document.documentElement.scrollWidth <= innerWidth");

const VIEWS = [
  { colorScheme: "light", viewport: { width: 1100, height: 800 } },
  { colorScheme: "dark", viewport: { width: 360, height: 800 } },
] as const;

for (const view of VIEWS) {
  const name = `${view.colorScheme}-${view.viewport.width}`;
  test(`front page, ${name}`, async () => {
    const { page } = await open(browser, "/", [], view);
    await ask(page);
    await screenshot(page, `front-page-${name}`);
    expect(await serious(page)).toEqual([]);
    expect(await fits(page)).toBe(true);
  });
  test(`docs, ${name}`, async () => {
    const { page } = await open(browser, "/docs", [], view);
    await openOperation(page);
    await screenshot(page, `docs-${name}`);
    expect(await serious(page)).toEqual([]);
    expect(await fits(page)).toBe(true);
  });
}
