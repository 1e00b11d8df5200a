import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import type { Browser } from "playwright-core";
import { setting } from "../../ops/settings/project.ts";
import { launch, open, recover, signIn } from "./chromium.ts";

// The page is loaded through a TCP proxy. Stopping the proxy makes the gateway unreachable for this browser only.
const sockets = new Set<Socket>();
const relay = createServer((client) => {
  const gateway = connect(Number(setting("HTTPS_PORT")), "127.0.0.1");
  for (const [from, to] of [
    [client, gateway],
    [gateway, client],
  ] as const) {
    sockets.add(from);
    from.on("error", () => to.destroy());
    from.pipe(to);
  }
});

function hangUp(): void {
  relay.close();
  for (const socket of sockets) socket.destroy();
}

let browser: Browser;
beforeAll(async () => {
  await recover();
  browser = await launch();
  await new Promise<void>((done) => relay.listen(0, "127.0.0.1", done));
});
afterAll(async () => {
  hangUp();
  await browser.close();
});

test("an unreachable gateway shows an error message", async () => {
  const { port } = relay.address() as { port: number };
  const { page } = await open(browser, `https://localhost:${port}/`);
  await page.waitForSelector("#send");
  hangUp();
  await page.click("#send", { noWaitAfter: true });
  await signIn(page);
  await page.waitForSelector("#message strong");
  expect(await page.locator("#message").textContent()).toBe(
    "The gateway does not respond.It may be stopped or restarting. Try again in a moment.",
  );
});
