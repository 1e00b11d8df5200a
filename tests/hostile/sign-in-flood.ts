// 16 addresses guess passwords at the rate limit while a cached user sends requests and new users sign in:
// sign-in-flood.ts [seconds] [addresses]. Adds users to this checkout's password file, so run it in a copy whose project
// is running. Prints one line of JSON.
import { readUsers, writeUsers } from "../../gateway/passwords.ts";
import { publishPasswords } from "../../ops/native/gateway.ts";
import { setting } from "../../ops/settings/project.ts";
import { type Answer, client, count, p99, steady } from "./client.ts";

const [seconds = 20, addresses = 16] = process.argv.slice(2).map(Number);
const RATE = Number.parseInt(setting("RATE_LIMIT"), 10); // requests per second and address
const WORK_PER_SECOND = 5;
const good = `${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`;
const password = "a new user's password";

const users = readUsers();
const hash = await Bun.password.hash(password, { algorithm: "bcrypt", cost: 10 });
for (let i = 0; i < 4 * seconds; i++) users.set(`new-${i}`, { hash, fromSettings: false });
writeUsers(users);
publishPasswords();

const known = client("127.0.5.1", 4);
let signIns = 0;
/** Signs in a new user from a new address; retries a refusal after a second. */
async function signIn(): Promise<Answer & { tries: number }> {
  const n = signIns++;
  const ask = client(`127.0.6.${(n % 250) + 1}`, 1);
  const started = performance.now();
  for (let tries = 1; ; tries++) {
    const { status } = await ask(`new-${n}:${password}`);
    if (status === 200 || tries === 20) return { status, ms: performance.now() - started, tries };
    await Bun.sleep(1000);
  }
}

async function phase() {
  const newcomers: Awaited<ReturnType<typeof signIn>>[] = [];
  const work = await Promise.all([
    steady(WORK_PER_SECOND, seconds, () => known(good)),
    steady(1, seconds, async () => {
      const answer = await signIn();
      newcomers.push(answer);
      return answer;
    }),
  ]);
  const [cached] = work;
  return {
    cached: { p99_ms: p99(cached), statuses: count(cached) },
    new_users: {
      p99_ms: p99(newcomers),
      statuses: count(newcomers),
      tries: newcomers.reduce((sum, { tries }) => sum + tries, 0),
    },
  };
}

await known(good);
const quiet = await phase();
let guess = 0;
const flood = Array.from({ length: addresses }, (_, i) => {
  const ask = client(`127.0.9.${i + 1}`, 100);
  return steady(RATE, seconds, () => ask(`admin:guess-${guess++}`));
});
const busy = await phase();
const guesses = (await Promise.all(flood)).flat();
console.log(
  JSON.stringify({
    quiet,
    busy,
    guesses: { addresses, a_second: RATE * addresses, statuses: count(guesses) },
  }),
);
process.exit(0);
