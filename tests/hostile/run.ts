// Sends every hostile case to the running gateway, and a normal request after each. Prints one line a case.
import { existsSync } from "node:fs";
import { GATEWAY_DIR } from "../../ops/native/paths.ts";
import { bodies } from "./cases/bodies.ts";
import { framing } from "./cases/framing.ts";
import { authorization, headers } from "./cases/headers.ts";
import { http2 } from "./cases/http2.ts";
import { paths, requestLine } from "./cases/request-line.ts";
import { slow } from "./cases/slow.ts";
import { attack } from "./connection.ts";
import { writer } from "./requests.ts";
import { target } from "./target.ts";
import type { Case, Outcome, Target } from "./types.ts";

const PACE_MS = 105; // a request of each lane, so that the rate limit never answers in the place of what is tested
// Native mode sees a client's own address, so lanes side by side each have an allowance. Containers see one address.
const LANES = existsSync(GATEWAY_DIR) ? 8 : 1;
const write = writer(target);
let failed = 0;

/** What is wrong with an outcome, or undefined. */
function wrong(
  { expect = "refused", never, abort }: Case,
  { statuses, closed, reset, text }: Outcome,
): string | undefined {
  const got = `statuses ${statuses.join(", ") || "none"}${closed ? ", closed" : ""}`;
  if (statuses.some((status) => status >= 500)) return `a server error: ${got}`;
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
  send: [write.post(write.LOVE)],
  expect: [200],
  patience: 5000,
};

async function one(hostile: Case, lane: Target): Promise<void> {
  await Bun.sleep(PACE_MS);
  const problem = wrong(hostile, await attack(lane, hostile));
  await Bun.sleep(PACE_MS);
  const after = wrong(good, await attack(lane, good));
  report(hostile.name, problem ?? (after && `the normal request after it: ${after}`));
}

const only = process.argv[2] ?? "";
const chosen = (list: Case[]) => list.filter(({ name }) => name.includes(only));
const queue = chosen([
  ...[requestLine, paths, framing, headers, bodies].flatMap((table) => table(write)),
  ...authorization(write, target.authorization),
  ...http2(target),
]);
await Promise.all(
  Array.from({ length: LANES }, async (_, i) => {
    const lane = LANES > 1 ? { ...target, from: `127.0.7.${i + 1}` } : target;
    for (let next = queue.shift(); next; next = queue.shift()) await one(next, lane);
  }),
);
await Promise.all(
  chosen(slow(write)).map(async (hostile, i) => {
    await Bun.sleep(2 * PACE_MS * i);
    report(hostile.name, wrong(hostile, await attack(target, hostile)));
  }),
);
await one(good, target);
process.exit(failed === 0 ? 0 : 1);
