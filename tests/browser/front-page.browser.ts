import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { LABELS } from "../../model/index.ts";
import {
  countPrompts,
  launch,
  type Misdeeds,
  open,
  PASSWORD,
  REFUSED,
  recover,
  screenshot,
  USER,
} from "./chromium.ts";

const SENTENCE = "I love this so much, but I'm a bit worried about tomorrow :)";
const CLEAN: Misdeeds = { errors: [], violations: [], foreign: [] };
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function signIn(page: Page, password = PASSWORD): Promise<void> {
  await page.fill("#name", USER);
  await page.fill("#password", password);
  await page.click("#sign-in button[type=submit]", { noWaitAfter: true });
}

async function ask(page: Page, version: "v1" | "v2", sentence = SENTENCE): Promise<void> {
  await page.check(`input[value=${version}]`);
  await page.fill("#sentence", sentence);
  await page.click("text=Predict", { noWaitAfter: true }); // it navigates nowhere: there is nothing to wait for
}

const percents = async (page: Page) =>
  (await page.locator(".bars .value").allTextContents()).map((text) => Number.parseFloat(text));

test("v1 names the emotion, v2 the same with 13 bars and the words that moved it", async () => {
  const { page, misdeeds } = await open(browser, "/");
  await ask(page, "v1");
  await signIn(page);
  const label = await page.locator(".answer .label").textContent();
  expect(LABELS as readonly string[]).toContain(label ?? "");
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
  expect(shown).toHaveLength(13);
  expect(shown.reduce((a, b) => a + b)).toBeCloseTo(100, 0);
  expect(shown).toEqual(shown.toSorted((a, b) => b - a));
  const marks = await page.locator("mark").allTextContents();
  expect(marks.toSorted()).toEqual(debug.contributions.map(({ token }) => token).toSorted());
  expect(await page.locator(".marked").textContent()).toBe(SENTENCE);
  await screenshot(page, "front-page");
  expect(misdeeds).toEqual(CLEAN);
});

test("a wrong password is said, asked for again, and never stored", async () => {
  const { page, misdeeds } = await open(browser, "/", [401]);
  await ask(page, "v1");
  const prompts = await countPrompts(page);
  await signIn(page, "not the password");
  await page.waitForSelector("#sign-in-message:has-text('not accepted')");
  expect(await page.locator("#message").textContent()).toContain("401");
  expect(prompts()).toBe(0);
  await screenshot(page, "front-page-401");
  await signIn(page);
  await page.waitForSelector(".answer");
  expect(await page.locator("#message").textContent()).toBe("");
  expect(await page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length")).toBe(0);
  await page.reload();
  await ask(page, "v1");
  expect(await page.locator("#sign-in").isVisible()).toBe(true);
  expect(misdeeds).toEqual(CLEAN);
});

test("a burst shows who answered, how many were refused, and when to come back", async () => {
  const { page, misdeeds } = await open(browser, "/", [REFUSED]);
  await ask(page, "v1");
  await signIn(page);
  await page.waitForSelector(".answer");
  await recover();
  await page.click("#burst");
  await page.waitForSelector(".squares");
  const [, good, bad] =
    /^(\d+) answered, (\d+) refused$/.exec((await page.locator(".label").textContent()) ?? "") ?? [];
  expect([Number(good) > 0, Number(bad) > 0, Number(good) + Number(bad)]).toEqual([true, true, 30]);
  expect(await page.locator(".squares .refused").count()).toBe(Number(bad));
  expect(await page.locator("#message").textContent()).toMatch(
    new RegExp(`Try again in [1-9]\\d* s\\. \\(status ${REFUSED}, request [0-9a-f]{32}\\)`),
  );
  await screenshot(page, "front-page-burst");
  await recover();
  expect(misdeeds).toEqual(CLEAN);
});

test("what a visitor types stays text", async () => {
  const { page, misdeeds } = await open(browser, "/");
  const hostile = '<img src=x onerror="document.title=1"> I love <b>you</b> 😀 <script>alert(1)</script>';
  await ask(page, "v2", hostile);
  await signIn(page);
  await page.waitForSelector(".bars");
  expect(await page.locator(".marked").textContent()).toBe(hostile);
  expect(await page.locator("#result img, #result b, #result script").count()).toBe(0);
  expect(await page.title()).toBe("Fortress");
  expect(misdeeds).toEqual(CLEAN);
});

test("what cannot be a sentence is refused in words", async () => {
  const { page } = await open(browser, "/", [422]);
  await ask(page, "v1", "a".repeat(5001));
  await signIn(page);
  await page.waitForSelector("#message strong");
  expect(await page.locator("#message").textContent()).toContain(
    "The sentence must be a string of 1 to 5000 characters after trimming. (status 422",
  );
});

test("the keyboard is enough", async () => {
  const { page } = await open(browser, "/");
  await page.focus("#sentence");
  await page.keyboard.press("Control+Enter");
  await page.keyboard.type(USER);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".answer");
  expect(await page.evaluate("document.activeElement.id")).toBe("sentence");
  expect(await page.locator("#heard").textContent()).toBe(await page.locator(".label").textContent());
});
