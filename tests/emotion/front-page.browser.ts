// The emotion example's part of the front page: gateway/www/parts/predict.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { LABELS } from "../../model/index.ts";
import { fits, serious, VIEWS } from "../browser/axe.ts";
import { launch, open, type PageProblems, screenshot, signIn } from "../browser/chromium.ts";

const SENTENCE = "I love this so much, but I'm a bit worried about tomorrow :)";
const CLEAN: PageProblems = { errors: [], violations: [], foreign: [] };
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function ask(page: Page, version: "v1" | "v2", sentence = SENTENCE): Promise<void> {
  await page.locator("#versions label", { hasText: version }).click();
  await page.fill("#sentence", sentence);
  await page.click("#send:text('Predict')", { noWaitAfter: true }); // it does not navigate
}

const percents = async (page: Page) =>
  (await page.locator(".bars .value").allTextContents()).map((text) => Number.parseFloat(text));

test("v1 shows the emotion, v2 the same with a bar for each label and the contributing words", async () => {
  const { page, problems } = await open(browser, "/");
  await ask(page, "v1");
  await signIn(page);
  const label = await page.locator(".answer .label").textContent();
  expect(LABELS).toContain(label ?? "");
  expect(await page.locator(".bars").count()).toBe(0);
  expect(await page.locator(".facts").first().textContent()).toMatch(
    /\d+ ms .* api-v1\/\S+, request [0-9a-f]{32}/,
  );

  const answered = page.waitForResponse((response) => response.url().endsWith("/predict"));
  await ask(page, "v2"); // and is not asked for credentials again
  const { debug } = (await (await answered).json()) as { debug: { contributions: { token: string }[] } };
  await page.waitForSelector(".bars");
  expect(await page.locator(".answer .label").textContent()).toBe(label);
  expect(await page.locator(".facts").first().textContent()).toContain("api-v2/");
  const shown = await percents(page);
  expect(shown).toHaveLength(LABELS.length);
  expect(shown.reduce((a, b) => a + b)).toBeCloseTo(100, 0);
  expect(shown).toEqual(shown.toSorted((a, b) => b - a));
  const marks = await page.locator("mark").allTextContents();
  expect(marks.toSorted()).toEqual(debug.contributions.map(({ token }) => token).toSorted());
  expect(await page.locator(".marked").textContent()).toBe(SENTENCE);
  await screenshot(page, "front-page");
  expect(await serious(page)).toEqual([]);

  const example = page.locator(".examples button").first();
  await example.click();
  await page.locator(".marked", { hasText: (await example.textContent()) ?? "" }).waitFor();
  expect(problems).toEqual(CLEAN);
});

test("a sentence is shown as text, and one that is too long shows an error message", async () => {
  const { page, problems } = await open(browser, "/", [422]);
  const hostile = '<img src=x onerror="document.title=1"> I love <b>you</b> 😀 <script>alert(1)</script>';
  await ask(page, "v2", hostile);
  await signIn(page);
  await page.waitForSelector(".bars");
  expect(await page.locator(".marked").textContent()).toBe(hostile);
  expect(await page.locator("#result img, #result b, #result script").count()).toBe(0);
  await ask(page, "v1", "a".repeat(5001));
  await page.waitForSelector("#message strong");
  expect(await page.locator("#message").textContent()).toContain(
    "The sentence must be a string of 1 to 5000 characters after trimming. (status 422",
  );
  expect(problems).toEqual(CLEAN);
});

test("an answer is accessible and fits a narrow window in dark mode", async () => {
  const { page } = await open(browser, "/", [], VIEWS[1]);
  await ask(page, "v2");
  await signIn(page);
  await page.waitForSelector(".bars");
  await screenshot(page, "front-page-example-dark-360");
  expect(await serious(page)).toEqual([]);
  expect(await fits(page)).toBe(true);
});
