// bun tests/releases/clients.ts RATE SECONDS CLIENTS: a load of that many users, client-1 and on, whose password is their name, on
// /echo; slower where more than AT_ONCE answers are awaited. SIGTERM ends it earlier. Prints one JSON line: answers by status and by
// X-Version, and `back`: clients that a version answered again after another had.
import https from "node:https";
import { basicAuth, gatewayAddress, gatewayTls, gatewayUrl } from "../../ops/host/gateway-client.ts";

const [rate = 0, seconds = 0, number = 0] = process.argv.slice(2, 5).map(Number);
const AT_ONCE = 40;
if (!(rate > 0 && rate <= 500 && seconds > 0 && seconds <= 1200 && number > 0 && number <= 5000)) {
  console.error(
    "usage: bun tests/releases/clients.ts RATE(1..500) SECONDS(1200 at most) CLIENTS(5000 at most) [NAME]",
  );
  process.exit(1);
}
const { ca, serverName } = gatewayTls();
const { port, hostname } = new URL(gatewayUrl());
const body = JSON.stringify({ text: "Hello, world" });
const statuses: Record<string, number> = {};
const versions: Record<string, number> = {};
const seen = new Map<number, string[]>();

function ask(client: number): Promise<[status: string, version: string]> {
  return new Promise((done) => {
    const options = {
      host: gatewayAddress(),
      port: port || 443,
      servername: serverName ?? hostname,
      ca,
      method: "POST",
      path: "/echo",
      headers: {
        host: `${hostname}:${port}`,
        authorization: basicAuth(`client-${client}`, `client-${client}`),
        "content-type": "application/json",
        "content-length": body.length,
      },
      agent: false,
      timeout: 15_000,
    };
    const request = https.request(options, (answer) => {
      answer.resume();
      answer.on("end", () => done([String(answer.statusCode), String(answer.headers["x-version"] ?? "")]));
      answer.on("error", (error: NodeJS.ErrnoException) => done([error.code ?? error.message, ""]));
    });
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("error", (error: NodeJS.ErrnoException) => done([error.code ?? error.message, ""]));
    request.end(body);
  });
}

/** A client may have eight checks of new passwords at once, and all these have one address. */
const SIGN_INS = 6;
const all = Array.from({ length: number }, (_, i) => i + 1).values();
await Promise.all(
  Array.from({ length: SIGN_INS }, async () => {
    for (const client of all) await ask(client);
  }),
);

const began = performance.now();
const running = new Set<Promise<void>>();
let isOver = false;
process.on("SIGTERM", () => {
  isOver = true;
});

for (let n = 0; !isOver && n < rate * seconds; n++) {
  const wait = began + (n * 1000) / rate - performance.now();
  if (wait > 0) await Bun.sleep(wait);
  while (running.size >= AT_ONCE) await Promise.race(running);
  const client = 1 + (n % number);
  const one = ask(client).then(([status, version]) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (version === "") return;
    versions[version] = (versions[version] ?? 0) + 1;
    const before = seen.get(client) ?? [];
    if (before.at(-1) !== version) seen.set(client, [...before, version]);
  });
  running.add(one);
  void one.finally(() => running.delete(one));
}
await Promise.all(running);
const back = [...seen.values()].filter((all) => new Set(all).size < all.length).length;
console.log(
  JSON.stringify({ requests: Object.values(statuses).reduce((a, b) => a + b, 0), statuses, versions, back }),
);
