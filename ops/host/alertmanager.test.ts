import { expect, test } from "bun:test";
import { alertmanagerFailure } from "./alertmanager.ts";

function server(status: number): Bun.Server<undefined> {
  return Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("", { status }) });
}

test("Alertmanager is ready when it answers 401, and only then", async () => {
  for (const [status, missing] of [
    [401, undefined],
    [200, "it answers 200"],
    [503, "it answers 503"],
  ] as const) {
    const answering = server(status);
    expect(await alertmanagerFailure(String(answering.port))).toBe(missing);
    await answering.stop(true);
  }
});

test("a port without a listener is reported with its URL", async () => {
  const gone = server(401);
  const port = String(gone.port);
  await gone.stop(true);
  expect(await alertmanagerFailure(port)).toBe(`http://127.0.0.1:${port}/-/ready does not answer`);
});
