import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { fits, serious, VIEWS } from "./axe.ts";
import { launch, NO_PARTS, open, screenshot, signIn } from "./chromium.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function ask(page: Page): Promise<void> {
  await page.click("#send", { noWaitAfter: true });
  expect(await serious(page)).toEqual([]); // the dialog
  await signIn(page);
  await page.waitForSelector(".answer pre");
}

const TRANSITIONS = "document.getAnimations().filter((one) => one instanceof CSSTransition)";

/** Colour transitions are over. */
async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(50); // a transition starts with the next frame
  await page.evaluate(`Promise.allSettled(${TRANSITIONS}.map(({ finished }) => finished)).then(() => 0)`);
}

async function openOperation(page: Page): Promise<void> {
  await page.click(".auth-wrapper .authorize");
  await page.waitForSelector("#auth-basic-username");
  expect(await serious(page)).toEqual([]); // the dialog
  await page.click(".auth-btn-wrapper .btn-done");
  // The last document's too: its examples may be longer, and then scroll.
  const choice = page.locator("#choice");
  const last = await choice.locator("option").last().getAttribute("value");
  if (last !== (await choice.inputValue())) {
    const loaded = page.waitForResponse((answer) => answer.url().endsWith(last ?? ""));
    await choice.selectOption(last);
    await loaded;
    await page.locator(".opblock-summary-control").first().click();
    await page.waitForSelector(".execute");
    await settled(page);
    expect(await serious(page)).toEqual([]);
    await page.reload();
  }
  await page.locator(".opblock-summary-control").first().click();
  await page.waitForSelector(".execute");
  await settled(page);
}

for (const view of VIEWS) {
  const name = `${view.colorScheme}-${view.viewport.width}`;
  test(`front page, ${name}`, async () => {
    const { page } = await open(browser, "/", [], view, NO_PARTS);
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
