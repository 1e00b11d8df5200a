import { createHash, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page, type Route } from "playwright-core";
import { tlsFiles } from "../../ops/host/certificate.ts";
import { gatewayAddress, gatewayName, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { ROOT, setting } from "../../ops/settings/project.ts";

const PROGRAM = "/usr/bin/chromium";
const OUTPUT = join(ROOT, "test-output");
/** CPU_SLOWDOWN=6 runs every page at a sixth of the speed, as on a slow machine. */
const SLOWDOWN = Number(process.env["CPU_SLOWDOWN"] ?? 1);
export const URL_ = gatewayUrl();
export const USER = setting("GATEWAY_USER");
export const PASSWORD = setting("GATEWAY_PASSWORD");
export const REFUSED = Number(setting("RATE_LIMIT_STATUS"));

/** Problems of a page. */
export interface PageProblems {
  /** Console errors, except those about answers with an `expected` status. */
  errors: string[];
  /** Violations of the content security policy. */
  violations: string[];
  /** Requests to other origins. */
  foreign: string[];
}

/** Trusts this project's certificate and no other self-signed one. */
function certificatePin(): string {
  const { publicKey } = new X509Certificate(readFileSync(tlsFiles().certificate));
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}

export function launch(): Promise<Browser> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: apt-get install chromium`);
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const args = [...quiet, "--no-first-run", "--disable-gpu", "--disable-quic"];
  if (process.getuid?.() === 0) args.push("--no-sandbox"); // Chromium's sandbox refuses root
  args.push(`--ignore-certificate-errors-spki-list=${certificatePin()}`);
  args.push(`--host-resolver-rules=MAP ${gatewayName()} ${gatewayAddress()}`);
  return chromium.launch({ executablePath: PROGRAM, args });
}

/** Answers that replace the gateway's, by path. */
export type Stubs = Record<string, Parameters<Route["fulfill"]>[0]>;

export async function open(
  browser: Browser,
  path: string,
  expected: number[] = [],
  options: BrowserContextOptions = {},
  stubs: Stubs = {},
): Promise<{ page: Page; problems: PageProblems }> {
  for (const earlier of browser.contexts()) await earlier.close(); // its pages keep running and use CPU
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000 * SLOWDOWN); // an upper bound for a busy machine
  const devtools = await context.newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  const problems: PageProblems = { errors: [], violations: [], foreign: [] };
  const target = /^https?:/.test(path) ? path : `${URL_}${path}`;
  const planned = expected.map((status) => `the server responded with a status of ${status}`);
  planned.push("net::ERR_NETWORK_CHANGED"); // a network interface changed, as when containers start
  page.on("console", (message) => {
    if (message.type() !== "error" || planned.some((text) => message.text().includes(text))) return;
    problems.errors.push(message.text());
  });
  page.on("pageerror", (error) => problems.errors.push(String(error)));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (origin !== new URL(target).origin && protocol !== "data:") problems.foreign.push(request.url());
  });
  await page.exposeFunction("reportViolation", (text: string) => problems.violations.push(text));
  await page.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
    reportViolation(event.violatedDirective + " " + event.blockedURI))`);
  for (const [stubbed, answer] of Object.entries(stubs)) {
    await page.route(new URL(stubbed, target).href, (route) => route.fulfill(answer));
  }
  await page.goto(target);
  return { page, problems };
}

/** No parts: every path has the generic form. */
export const NO_PARTS: Stubs = { "/parts/list.json": { json: [] } };

/** Signs in with the front page's dialog. */
export async function signIn(page: Page, password = PASSWORD): Promise<void> {
  await page.fill("#name", USER);
  await page.fill("#password", password);
  await page.click("#sign-in button[type=submit]", { noWaitAfter: true });
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(OUTPUT, { recursive: true });
  const fullPage = !name.startsWith("docs"); // Swagger UI is thousands of pixels high
  await page.screenshot({ path: join(OUTPUT, `${name}.png`), fullPage });
}

/** Counts the browser's own password prompts; a headless browser cancels them silently. */
export async function countPrompts(page: Page): Promise<() => number> {
  let prompts = 0;
  const devtools = await page.context().newCDPSession(page);
  devtools.on("Fetch.requestPaused", ({ requestId }) =>
    devtools.send("Fetch.continueRequest", { requestId }),
  );
  devtools.on("Fetch.authRequired", ({ requestId }) => {
    prompts++;
    const authChallengeResponse = { response: "CancelAuth" as const };
    return devtools.send("Fetch.continueWithAuth", { requestId, authChallengeResponse });
  });
  await devtools.send("Fetch.enable", { handleAuthRequests: true });
  return () => prompts;
}

/** Waits until the rate limit allows a burst again. */
export const recover = () => Bun.sleep(1500);
