// Sends every hostile case to the running gateway, and a normal request after each; the project has the workers of
// tests/lib/test-workers.sh. Prints one line per case. In native mode each case has its own client address, which
// identifies its lines in the access log, and every answer must be counted once.
import { existsSync } from "node:fs";
import { GATEWAY_DIR } from "../../ops/native/paths.ts";
import { setting } from "../../ops/settings/project.ts";
import { bodies } from "./cases/bodies.ts";
import { framing } from "./cases/framing.ts";
import { authorization, headers } from "./cases/headers.ts";
import { http2 } from "./cases/http2.ts";
import { documents, otherParsers, paths, requestLine } from "./cases/request-line.ts";
import { slow } from "./cases/slow.ts";
import { attack } from "./connection.ts";
import { startCounting } from "./counted.ts";
import { target, writer } from "./requests.ts";
import type { Case, Outcome, Target } from "./types.ts";

const PACE_MS = 105; // between a lane's requests: stays below the rate limit
// In native mode each client address has its own rate limit; containers see one address for all.
const LANES = existsSync(GATEWAY_DIR) ? 8 : 1;
const counting = await startCounting();
const sent: { name: string; client: string; outcome: Outcome }[] = [];
const write = writer(target);
let failed = 0;

/** The error in an outcome, or undefined. */
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
/** The gateway, with an unused client address in native mode. */
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
  ...[requestLine, paths, otherParsers, documents, framing, headers, bodies].flatMap((table) => table(write)),
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
    `the access log has one line per answer of the ${sent.length} cases, with its status`,
    problems.length > 0 ? problems.slice(0, 20).join("\n        ") : undefined,
  );
  report("the log exporter's counts match the access log", await counting.counted());
}
process.exit(failed === 0 ? 0 : 1);
