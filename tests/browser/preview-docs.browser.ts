// The document of a preview at /docs: a gateway in front of a worker and its preview.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Published } from "../../gateway/releases.ts";
import { buildSite } from "../../gateway/site.ts";
import { testWorker } from "../../workers/runtime/test-worker.ts";
import { plainGateway } from "../lib/plain-gateway.ts";
import { serious, VIEWS } from "./axe.ts";
import { countPrompts, launch, open, type PageProblems, screenshot } from "./chromium.ts";

const LIVE = "aaaaaa111111";
const PREVIEW = "bbbbbb111111";
const CLEAN: PageProblems = { errors: [], violations: [], foreign: [] };
const HOUR = 3600_000;

/** A worker that says its version, as the gateway's workers do. */
function serveVersion(name: string, version: string) {
  const app = testWorker(name);
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const answer = await app.handle(request);
      answer.headers.set("x-version", version);
      return answer;
    },
  });
}
const live = serveVersion("echo", LIVE);
const preview = serveVersion("echo.preview", PREVIEW);
const published = (until: number, port = preview.port): Published => ({
  live: [{ worker: "echo", version: LIVE }],
  previews: [{ worker: "echo", version: PREVIEW, until, server: { address: `127.0.0.1:${port}` } }],
});

const site = mkdtempSync(join(tmpdir(), "site-"));
let browser: Browser;
let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  buildSite(site);
  gateway = await plainGateway({
    routes: { "echo.yaml": "worker: echo\npaths: { /echo/*: { methods: [POST] } }" },
    workers: { echo: [live.port ?? 0] },
    variables: { WWW_DIR: site, RATE_LIMIT: "1000r/s", RATE_BURST: "1000" },
  });
  browser = await launch();
});
beforeEach(() => gateway.publish(published(Date.now() + HOUR)));
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await Promise.all([live.stop(true), preview.stop(true)]);
  rmSync(site, { recursive: true });
});

const openDocs = (expected: number[] = [], view = {}) => open(browser, `${gateway.url}/docs`, expected, view);
const options = (page: Page) => page.locator("#choice option").allTextContents();
const choosePreview = (page: Page) => page.selectOption("#choice", { label: "echo, preview" });
async function signIn(page: Page, password = "alice"): Promise<void> {
  await page.fill("#name", "alice");
  await page.fill("#password", password);
  await page.click("#sign-in button[type=submit]");
}
const title = (page: Page, name: string) => page.waitForSelector(`h1:text-matches("^${name}\\\\b(?!\\\\.)")`);

test("the preview is a choice of its own, and its requests select it with the credentials of the sign-in", async () => {
  const { page, problems } = await openDocs([401]);
  const prompts = await countPrompts(page);
  await title(page, "echo");
  expect(await options(page)).toEqual(["echo", "echo, preview"]);
  await choosePreview(page);
  await signIn(page, "wrong password");
  await page.waitForSelector("#sign-in-message:has-text('not accepted')");
  await signIn(page);
  await title(page, "echo.preview");
  expect(await page.locator("#sign-in").isVisible()).toBe(false);
  const operation = page.locator('.opblock:has([data-path="/echo"])');
  await operation.locator(".opblock-summary-control").click();
  const answered = page.waitForResponse(`${gateway.url}/echo`);
  await operation.locator(".execute").click();
  const answer = await answered;
  expect(answer.request().headers()["x-version"]).toBe(PREVIEW);
  expect([answer.status(), answer.headers()["x-version"]]).toEqual([200, PREVIEW]);
  await screenshot(page, "docs-preview");
  await page.selectOption("#choice", { label: "echo" }); // without X-Version and credentials again
  await title(page, "echo");
  const other = page.locator('.opblock:has([data-path="/echo"])');
  await other.locator(".opblock-summary-control").click();
  const sent = page.waitForRequest(`${gateway.url}/echo`);
  await other.locator(".execute").click();
  const { "x-version": version, authorization } = (await sent).headers();
  expect([version, authorization]).toEqual([undefined, undefined]);
  expect(prompts()).toBe(0);
  expect(problems).toEqual(CLEAN);
});

test("before the sign-in the page knows that there is a preview, but not its version", async () => {
  const { page } = await openDocs();
  const texts = await page.evaluate(
    "Promise.all(['/docs/workers.json', '/openapi/echo.preview.json'].map(async (url) => (await fetch(url, { credentials: 'omit' })).text()))",
  );
  expect(JSON.stringify(texts)).toContain("preview");
  expect(JSON.stringify(texts)).not.toContain(PREVIEW.slice(0, 6));
});

test("a cancelled sign-in shows one line, and another document can be chosen", async () => {
  const { page, problems } = await openDocs();
  await title(page, "echo");
  await choosePreview(page);
  await page.click("#cancel");
  expect(await page.getByRole("alert").textContent()).toContain("it needs a user name and password.");
  await page.selectOption("#choice", { label: "echo" });
  await title(page, "echo");
  expect(problems).toEqual(CLEAN);
});

test("a preview that has ended: the page says so, and at its time the choice disappears", async () => {
  await gateway.publish(published(Date.now() + HOUR, 1)); // nothing listens there
  const { page, problems } = await openDocs([404]);
  await title(page, "echo");
  await choosePreview(page);
  await signIn(page);
  const line = page.locator("main [role=alert]");
  await line.waitFor();
  expect(await line.textContent()).toBe(
    "No document can be shown: the preview of echo has ended. Reload the page to try again.",
  );
  await gateway.publish(published(Date.now() - 1));
  await page.reload();
  await title(page, "echo");
  expect(await options(page)).toEqual(["echo"]);
  expect(problems).toEqual(CLEAN);
});

for (const view of VIEWS) {
  test(`the dialog and the error line are accessible, ${view.colorScheme}`, async () => {
    const { page } = await openDocs([], view);
    await title(page, "echo");
    await choosePreview(page);
    await page.waitForSelector("#sign-in[open]");
    expect(await serious(page)).toEqual([]);
    await screenshot(page, `docs-sign-in-${view.colorScheme}`);
    await page.keyboard.press("Escape");
    await page.locator("main [role=alert]").waitFor();
    expect(await serious(page)).toEqual([]);
  });
}
