import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingTargets } from "./ready.ts";
import { waitFor } from "./wait.ts";

// A real Prometheus, with the targets of native mode (label worker) and of containers (the label is in the metrics).
const program = Bun.which("prometheus");
const dir = mkdtempSync(join(tmpdir(), "prometheus-targets-"));
const serve = (worker: string) =>
  Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () =>
      new Response(`worker_build_info{worker="${worker}"} 1\n`, {
        headers: { "content-type": "text/plain" },
      }),
  });
const [live, nativePreview, preview] = ["a", "a.preview", "b.preview"].map(serve);
const free = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
const port = free.port;
free.stop(true);
const url = `http://127.0.0.1:${port}`;
let process: Bun.Subprocess | undefined;

beforeAll(() => {
  if (!program) return;
  const targets = [
    { targets: [`127.0.0.1:${live?.port}`] },
    { targets: [`127.0.0.1:${nativePreview?.port}`], labels: { worker: "a.preview" } },
    { targets: ["127.0.0.1:1"], labels: { worker: "c.preview" } }, // ended: nothing listens
    { targets: [`127.0.0.1:${preview?.port}`] },
  ];
  writeFileSync(
    join(dir, "prometheus.yml"),
    JSON.stringify({
      global: { scrape_interval: "1s" },
      scrape_configs: [{ job_name: "workers", static_configs: targets }],
    }),
  );
  const command = [
    "--config.file=prometheus.yml",
    "--storage.tsdb.path=data",
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  process = Bun.spawn([program, ...command], { cwd: dir, stdout: "ignore", stderr: "ignore" });
});

afterAll(async () => {
  process?.kill();
  await process?.exited;
  for (const server of [live, nativePreview, preview]) server?.stop(true);
  rmSync(dir, { recursive: true });
});

test.skipIf(!program)(
  "a preview's target does not count, up or down, with the worker in its labels or in its metrics",
  async () => {
    await waitFor(
      "a scrape of each target",
      async () => {
        const answer = await fetch(`${url}/api/v1/targets`).catch(() => undefined);
        const up = ((await answer?.text()) ?? "").split('"health":"up"').length - 1;
        return up === 3 ? undefined : `${up} of 3 are up`;
      },
      30_000,
    );
    expect(await missingTargets(url, 1)).toBeUndefined();
    expect(await missingTargets(url, 2)).toBe("1 of 2 targets are up");
  },
  40_000,
);

test("a Prometheus that does not answer is said", async () => {
  expect(await missingTargets("http://127.0.0.1:1", 1)).toBe(
    "http://127.0.0.1:1/api/v1/targets?state=active does not answer",
  );
});
