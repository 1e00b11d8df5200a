// One address guesses passwords while a user of another sends requests: guessing.ts [seconds] [guesses per second]
// In slices without and with the guesser in turn, so that other load on this machine falls on both; prints one line of
// JSON.
import { setting } from "../../ops/settings/project.ts";
import { type Answer, client, count, p99, steady } from "./client.ts";

const [seconds = 60, guesses = 200] = process.argv.slice(2).map(Number);
const WORK_PER_SECOND = 9; // below the rate limit, also where two slices meet
const good = `${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`;

const worker = client("127.0.0.2", 4);
const work = () => worker(good);
const guesser = client("127.0.0.3", 50);
let n = 0;
await steady(WORK_PER_SECOND, 3, work);
const SLICE_SECONDS = 5;
const quiet: Answer[] = [];
const busy: Answer[] = [];
const guessed: Answer[] = [];
for (let passed = 0; passed < seconds; passed += SLICE_SECONDS) {
  quiet.push(...(await steady(WORK_PER_SECOND, SLICE_SECONDS, work)));
  const [worked, refused] = await Promise.all([
    steady(WORK_PER_SECOND, SLICE_SECONDS, work),
    steady(guesses, SLICE_SECONDS, () => guesser(`admin:guess-${n++}`)),
  ]);
  busy.push(...worked);
  guessed.push(...refused);
}
console.log(
  JSON.stringify({
    quiet: { p99_ms: p99(quiet), statuses: count(quiet) },
    busy: { p99_ms: p99(busy), statuses: count(busy) },
    ratio: p99(busy) / p99(quiet),
    guesses: { a_second: guesses, statuses: count(guessed) },
  }),
);
process.exit(0);
