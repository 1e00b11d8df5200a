// A constant load (open model) on the running project, for tests that change something meanwhile:
//   bun tests/load/steady.ts RATE BEFORE_SECONDS DURING_SECONDS     (SIGTERM ends it earlier, with its results)
// KEEPALIVE=no: a connection for each request. nginx before 1.27.4 closes idle connections when it reloads, and fetch
// does not send a POST again that meets one.
// Every fifth request goes to another version of the path, where there is one. Prints one JSON line
// {before, during, replicas}; each failure is a line on stderr.

import { fetchGateway, gatewayTls, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { setting, workers } from "../../ops/settings/project.ts";
import { type Target, target } from "../lib/target.ts";
import { type Sample, summarize } from "./summary.ts";

const TIMEOUT_MS = 15_000;
const MAX_RATE = 500;
const [rate = 0, before = 0, during = 0] = process.argv.slice(2).map(Number);
if (!(rate > 0 && rate <= MAX_RATE && before >= 0 && during > 0 && before + during <= 600)) {
  console.error("usage: bun tests/load/steady.ts RATE(1..500) BEFORE_SECONDS DURING_SECONDS (600 at most)");
  process.exit(1);
}

const first = await target();
const others = await Promise.all(workers().map(({ name }) => target(name).catch(() => undefined)));
const version = others.find((one) => one?.path === first.path && one.worker !== first.worker) ?? first;
const tls = gatewayTls();
const credentials = `${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`;
const headers = {
  authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
  "content-type": "application/json",
};
let started = performance.now();
const samples: Sample[] = [];

async function ask(due: number, { worker, path, body, status, headers: leading }: Target): Promise<void> {
  const sample: Sample = { at: due - started, duration: 0 };
  try {
    const answer = await fetchGateway(
      `${gatewayUrl()}${path}`,
      {
        method: "POST",
        headers: { ...headers, ...leading },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        keepalive: process.env["KEEPALIVE"] !== "no",
      },
      tls,
    );
    const text = await answer.text();
    sample.servedBy = answer.headers.get("x-served-by") ?? "";
    if (answer.status !== status || !sample.servedBy.startsWith(`${worker}/`))
      sample.failure = `${answer.status} ${text}`;
  } catch (error) {
    sample.failure = String(error);
  }
  sample.duration = performance.now() - due;
  if (sample.failure) console.error(`${new Date().toISOString()} ${sample.failure.slice(0, 300).trim()}`);
  samples.push(sample);
}

// The first request fills the auth cache and is not counted.
await ask(performance.now(), first);
samples.length = 0;
started = performance.now();
const total = Math.round(rate * (before + during));
const pending: Promise<void>[] = [];
let ended = false;
process.on("SIGTERM", () => {
  ended = true;
});
for (let i = 0; i < total && !ended; i++) {
  const due = started + (i * 1000) / rate;
  const wait = due - performance.now();
  if (wait > 1) await Bun.sleep(wait);
  pending.push(ask(due, i % 5 === 0 ? version : first));
}
await Promise.all(pending);
const split = before * 1000;
const replicas: Record<string, number> = {};
for (const { servedBy } of samples) if (servedBy) replicas[servedBy] = (replicas[servedBy] ?? 0) + 1;
console.log(
  JSON.stringify({
    before: summarize(samples.filter(({ at }) => at < split)),
    during: summarize(samples.filter(({ at }) => at >= split)),
    replicas,
  }),
);
process.exit(0);
