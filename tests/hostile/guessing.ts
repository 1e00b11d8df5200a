// One address guesses passwords while another works: tests/hostile/guessing.ts [seconds] [guesses a second]
// A quiet phase first, then the same with the guesser; prints one line of JSON.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { caFile } from "../../ops/lib/certificate.ts";
import { setting } from "../../ops/lib/compose.ts";
import { gatewayAddress, gatewayName } from "../../ops/lib/gateway.ts";

const [seconds = 60, guesses = 200] = process.argv.slice(2).map(Number);
const WORK_PER_SECOND = 10;
const ca = readFileSync(caFile(), "utf8");
const name = gatewayName();
const good = `${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`;
const body = '{"sentence":"I love this, thank you so much!"}';

interface Answer {
  status: number;
  ms: number;
}

function client(localAddress: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, localAddress });
  return (credentials: string): Promise<Answer> =>
    new Promise((done) => {
      const started = performance.now();
      const end = (status: number) => done({ status, ms: performance.now() - started });
      const call = request(
        {
          host: gatewayAddress(),
          servername: name,
          port: setting("HTTPS_PORT"),
          path: "/predict",
          method: "POST",
          agent,
          ca,
          localAddress,
          auth: credentials,
          timeout: 15_000,
          headers: { host: name, "content-type": "application/json", "content-length": body.length },
        },
        (answer) => answer.resume().on("end", () => end(answer.statusCode ?? 0)),
      );
      call.on("timeout", () => call.destroy()).on("error", () => end(0));
      call.end(body);
    });
}

/**
 * Sends at a steady rate, whatever the answers take, and waits for the last one. After a stall of this machine it
 * goes on at the rate: a client that caught up would meet the request limit, and rightly so.
 */
async function steady(rate: number, duration: number, send: () => Promise<Answer>): Promise<Answer[]> {
  const sent: Promise<Answer>[] = [];
  const end = performance.now() + duration * 1000;
  const gap = 1000 / rate;
  for (let due = performance.now(); due < end; ) {
    const now = performance.now();
    if (now < due) {
      await Bun.sleep(due - now);
      continue;
    }
    sent.push(send());
    due = gap >= 20 ? Math.max(due + gap, now + gap * 0.9) : due + gap;
  }
  return Promise.all(sent);
}

function p99(answers: Answer[]): number {
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
}
function count(answers: Answer[]): Record<string, number> {
  const statuses: Record<string, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  return statuses;
}

const worker = client("127.0.0.2", 4);
const work = () => worker(good);
const guesser = client("127.0.0.3", 50);
let n = 0;
await steady(WORK_PER_SECOND, 3, work);
const quiet = await steady(WORK_PER_SECOND, seconds, work);
const [busy, guessed] = await Promise.all([
  steady(WORK_PER_SECOND, seconds, work),
  steady(guesses, seconds, () => guesser(`admin:guess-${n++}`)),
]);
console.log(
  JSON.stringify({
    quiet: { p99_ms: p99(quiet), statuses: count(quiet) },
    busy: { p99_ms: p99(busy), statuses: count(busy) },
    ratio: p99(busy) / p99(quiet),
    guesses: { a_second: guesses, statuses: count(guessed) },
  }),
);
process.exit(0);
