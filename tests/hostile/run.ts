// Sends every hostile case to the running gateway, and a normal request after each; the project there has the workers
// of tests/lib/test-workers.sh. Prints one line a case. Natively each case has an address of its own: its lines in the
// access log are told apart, and every answer must be counted once.
import { existsSync } from "node:fs";
import { GATEWAY_DIR } from "../../ops/native/paths.ts";
import { setting } from "../../ops/settings/project.ts";
import { bodies } from "./cases/bodies.ts";
import { framing } from "./cases/framing.ts";
import { authorization, headers } from "./cases/headers.ts";
import { http2 } from "./cases/http2.ts";
import { documents, paths, requestLine } from "./cases/request-line.ts";
import { slow } from "./cases/slow.ts";
import { attack } from "./connection.ts";
import { startCounting } from "./counted.ts";
import { writer } from "./requests.ts";
import { target } from "./target.ts";
import type { Case, Outcome, Target } from "./types.ts";

const PACE_MS = 105; // a request of each lane, so that the rate limit never answers in the place of what is tested
// Native mode sees a client's own address, so cases side by side each have an allowance. Containers see one address.
const LANES = existsSync(GATEWAY_DIR) ? 8 : 1;
const counting = await startCounting();
const sent: { name: string; client: string; outcome: Outcome }[] = [];
const write = writer(target);
let failed = 0;

/** What is wrong with an outcome, or undefined. */
function wrong(
  { expect = "refused", never, abort, flood }: Case,
  { statuses, closed, reset, text }: Outcome,
): string | undefined {
  const got = `statuses ${statuses.join(", ") || "none"}${closed ? ", closed" : ""}`;
  const refusal = flood ? Number(setting("RATE_LIMIT_STATUS")) : 0;
  if (statuses.some((status) => status >= 500 && status !== refusal)) return `a server error: ${got}`;
  if (never?.test(text)) return `the answer holds ${never}`;
  if (abort) return undefined;
  if (Array.isArray(expect))
    return statuses.join() === expect.join() ? undefined : `expected ${expect}: ${got}`;
  if (statuses.length === 0 && !closed && !reset) return "neither answered nor closed";
  if (expect === "refused" && statuses.some((status) => status >= 200 && status < 400))
    return `not refused: ${got}`;
  return undefined;
}

function report(name: string, problem: string | undefined): void {
  if (problem) failed++;
  console.log(problem ? `  FAIL  ${name}\n        ${problem}` : `  ok    ${name}`);
}

const good: Case = {
  name: "a normal request",
  send: [write.post(write.GOOD)],
  expect: [200],
  patience: 5000,
};

let addresses = 0;
/** The gateway as seen by a client that nobody else is, where there can be one. */
function ownTarget(): Target {
  const n = addresses++;
  return LANES > 1 ? { ...target, from: `127.7.${n >> 7}.${(n & 127) + 1}` } : target;
}

async function ask(hostile: Case): Promise<string | undefined> {
  const own = ownTarget();
  const outcome = await attack(own, hostile);
  sent.push({ name: hostile.name, client: own.from ?? "", outcome });
  return wrong(hostile, outcome);
}

async function one(hostile: Case): Promise<void> {
  await Bun.sleep(PACE_MS);
  const problem = await ask(hostile);
  await Bun.sleep(PACE_MS);
  const after = await ask(good);
  report(hostile.name, problem ?? (after && `the normal request after it: ${after}`));
}

const only = process.argv[2] ?? "";
const chosen = (list: Case[]) => list.filter(({ name }) => name.includes(only));
const queue = chosen([
  ...[requestLine, paths, documents, framing, headers, bodies].flatMap((table) => table(write)),
  ...authorization(write, target.authorization),
  ...http2(target),
]);
await Promise.all(
  Array.from({ length: LANES }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await one(next);
  }),
);
await Promise.all(
  chosen(slow(write)).map(async (hostile, i) => {
    await Bun.sleep(2 * PACE_MS * i);
    report(hostile.name, await ask(hostile));
  }),
);
await one(good);
if (counting) {
  const lines = await counting.lines();
  const problems = sent.flatMap(({ name, client, outcome }) => {
    const problem = counting.logged(client, outcome, lines);
    return problem ? [`${name}: ${problem}`] : [];
  });
  report(
    `each of ${sent.length} cases is in the access log, once an answer, with its status`,
    problems.length > 0 ? problems.slice(0, 20).join("\n        ") : undefined,
  );
  report("the log exporter counted what the access log holds", await counting.counted());
}
process.exit(failed === 0 ? 0 : 1);
