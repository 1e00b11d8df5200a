// The front page with the generic form, for the workers that run.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { OpenAPIV3 } from "openapi-types";
import type { Browser, Page } from "playwright-core";
import { workers } from "../../ops/settings/project.ts";
import { operations } from "../../workers/runtime/openapi/document.ts";
import { ask, type Case, documented } from "../contract/document.ts";
import {
  countPrompts,
  launch,
  NO_PARTS,
  open,
  PASSWORD,
  type PageProblems,
  REFUSED,
  recover,
  screenshot,
  signIn,
  URL_,
  USER,
} from "./chromium.ts";

const CLEAN: PageProblems = { errors: [], violations: [], foreign: [] };
const AT_ONCE = 5; // the default RATE_BURST
let browser: Browser;
let cases: Case[];
beforeAll(async () => {
  cases = await documented();
  browser = await launch();
});
afterAll(() => browser.close());

const front = (expected: number[] = []) => open(browser, "/", expected, {}, NO_PARTS);
const send = (page: Page) => page.click("#send", { noWaitAfter: true }); // it navigates nowhere

test("each path is listed once, with its summary and its workers", async () => {
  const expected = new Map<string, { summary: string; workers: string[] }>();
  for (const { name } of workers()) {
    const document = (await (await ask(`${URL_}/openapi/${name}.json`)).json()) as OpenAPIV3.Document;
    for (const [path, method, { summary = "" }] of operations(document)) {
      const operation = `${method.toUpperCase()} ${path}`;
      const { workers = [] } = expected.get(operation) ?? {};
      expected.set(operation, {
        summary: expected.get(operation)?.summary ?? summary,
        workers: [...workers, name],
      });
    }
  }
  const { page, problems } = await front();
  await page.waitForSelector("#send");
  const rows = [...expected].map(
    ([name, { summary, workers }]) => `${name} ${summary} ${workers.join(", ")}`,
  );
  const shown = await page.locator("#served label").allTextContents();
  expect(shown.toSorted()).toEqual(rows.toSorted());
  expect(problems).toEqual(CLEAN);
});

test("a document's example is sent, and answered by the worker that documents it", async () => {
  const { page, problems } = await front();
  for (const [index, { worker, path, status }] of cases.slice(0, AT_ONCE).entries()) {
    await page.getByText(`POST ${path}`, { exact: true }).click();
    const versions = cases.filter((other) => other.path === path);
    const version = page.locator("#versions input").nth(versions.indexOf(cases[index]!));
    if (versions.length > 1) await version.check();
    const answered = page.waitForResponse((response) => response.url() === `${URL_}${path}`);
    await send(page);
    if (index === 0) await signIn(page);
    const response = await answered;
    const id = response.headers()["x-request-id"] ?? "";
    await page.locator(".facts", { hasText: id }).waitFor();
    expect(response.request().postDataJSON()).toEqual(cases[index]!.request);
    expect(response.headers()["x-served-by"]).toStartWith(`${worker}/`);
    expect(JSON.parse((await page.locator(".answer code").textContent()) ?? "")).toEqual(
      await response.json(),
    );
    expect(await page.locator(".label").textContent()).toBe(`Status ${status}`);
    expect(await page.locator(".facts").textContent()).toMatch(
      new RegExp(
        `^\\d+ ms round trip\\. Answered by ${response.headers()["x-served-by"]}, request ${id}\\.$`,
      ),
    );
  }
  expect(problems).toEqual(CLEAN);
});

test("a wrong password shows an error and the dialog again, and is never stored", async () => {
  const { page, problems } = await front([401]);
  await send(page);
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
  await send(page);
  expect(await page.locator("#sign-in").isVisible()).toBe(true);
  expect(problems).toEqual(CLEAN);
});

test("a burst shows the replicas, the number of refusals, and when to retry", async () => {
  const { page, problems } = await front([REFUSED]);
  for (const { path } of cases) {
    await page.getByText(`POST ${path}`, { exact: true }).click();
    if (await page.locator("#burst").isVisible()) break;
  }
  if (!(await page.locator("#burst").isVisible())) return; // no POST of the project may be repeated
  await send(page);
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
  expect(problems).toEqual(CLEAN);
});

test("input and answers are shown as text, never as markup", async () => {
  const { page, problems } = await front();
  const hostile = '<img src=x onerror="document.title=1"> <b>you</b> 😀 <script>alert(1)</script>';
  await page.route(`${URL_}${cases[0]!.path}`, (route) => route.fulfill({ json: { hostile } }));
  await page.fill("[name=body]", JSON.stringify({ hostile }));
  await send(page);
  await signIn(page);
  await page.waitForSelector(".answer");
  expect(JSON.parse((await page.locator(".answer code").textContent()) ?? "")).toEqual({ hostile });
  expect(await page.locator("#curl pre").textContent()).toContain(JSON.stringify({ hostile }));
  expect(await page.locator("main img, main b, main script").count()).toBe(0);
  expect(await page.title()).toBe("Fortress");
  expect(problems).toEqual(CLEAN);
});

test("a 400 and a 422 show an error message", async () => {
  const { page } = await front([400, 422]);
  const message = page.locator("#message");
  await page.fill("[name=body]", "{");
  await send(page);
  await signIn(page);
  await page.waitForSelector("#message strong");
  expect(await message.textContent()).toMatch(/^Bad request\.The request body .* \(status 400, /);
  await page.fill("[name=body]", "[]");
  await send(page);
  await page.waitForSelector("#message:has-text('422')");
  expect(await message.textContent()).toMatch(
    /^The body does not match .*\. ?\(status 422, request [0-9a-f]{32}\)$/,
  );
});

test("the page works with the keyboard alone", async () => {
  const { page } = await front();
  await page.focus("[name=body]");
  await page.keyboard.press("Control+Enter");
  await page.keyboard.type(USER);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".answer");
  expect(await page.evaluate("document.activeElement.name")).toBe("body");
  expect(await page.locator("#announcement").textContent()).toBe(await page.locator(".label").textContent());
});
