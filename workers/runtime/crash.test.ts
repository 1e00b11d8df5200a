import { afterEach, expect, test } from "bun:test";
import { freePort, killSpawned, ready, spawnWorker } from "./spawned.ts";

afterEach(killSpawned);

// ops/host/crash.ts reads the position of these.
const STACK = /^Error: the table is gone\n {4}at fail \(\/.*\/workers\/runtime\/test-crash\.ts:\d+:\d+\)/;

for (const way of ["rejection", "timer", "microtask", "after", "text"]) {
  test(`an error in a ${way} is logged, open requests are answered, then exit 1`, async () => {
    const port = freePort();
    const worker = spawnWorker(port, { DRAIN_DELAY_MS: "500" }, "test-crash.ts");
    await ready(port);
    const ask = (path: string) => fetch(`http://127.0.0.1:${port}/${path}`);
    const slow = ask("slow");
    await ask(way);
    expect(await (await slow).text()).toBe("answered");
    expect(await worker.exited).toBe(1);
    const log = await new Response(worker.stdout).text();
    const lines = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const errors = lines.filter(({ level }) => level === "error");
    expect(errors.map(({ msg }) => msg)).toEqual(["uncaught error: the worker stops"]);
    expect(lines.map(({ msg }) => msg).slice(-1)).toEqual(["stopped"]);
    if (way === "text") expect(errors[0].stack).toBe("thrown: no table");
    else expect(errors[0].stack).toMatch(STACK);
  });
}

for (const at of ["module", "warm-up"]) {
  test(`an error at the start (${at}) ends the worker at once with its own words`, async () => {
    const worker = spawnWorker(freePort(), { FAIL_AT_START: at, DRAIN_DELAY_MS: "60000" }, "test-crash.ts");
    expect(await worker.exited).toBe(1);
    const errors = await new Response(worker.stderr).text();
    expect(errors).toContain("error: the table is gone");
    expect(errors).toMatch(/at fail \(\/.*\/workers\/runtime\/test-crash\.ts:\d+:\d+\)/);
  });
}
