// bun benchmarks/lib/steady.ts RATE NUMBER 1.1|2: that many requests to /echo at this rate, on kept connections of HTTP/1.1
// or one of HTTP/2; prints {"failed","times"}, in milliseconds. A late answer delays no other request.
import { connect } from "node:http2";
import {
  basicAuth,
  fetchGateway,
  gatewayAddress,
  gatewayTls,
  gatewayUrl,
} from "../../ops/host/gateway-client.ts";
import { setting } from "../../ops/settings/project.ts";

const [rate, number] = process.argv.slice(2, 4).map(Number) as [number, number];
const isHttp2 = process.argv[4] === "2";
const tls = gatewayTls();
const headers = {
  authorization: basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD")),
  "content-type": "application/json",
};
const body = JSON.stringify({ text: "Hello, world" });
const TIMEOUT_MS = 30_000;

async function overFetch(): Promise<number> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetchGateway(`${gatewayUrl()}/echo`, { method: "POST", headers, body, signal }, tls);
  await answer.arrayBuffer();
  return answer.status;
}

const session = isHttp2
  ? connect(`https://${gatewayAddress()}:${setting("HTTPS_PORT")}`, {
      ca: tls.ca,
      servername: tls.serverName ?? "localhost",
    })
  : undefined;

function overHttp2(): Promise<number> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(gatewayUrl());
    const request = session!.request({ ":method": "POST", ":path": "/echo", ":authority": host, ...headers });
    let status = 0;
    request.setTimeout(TIMEOUT_MS, () => request.close());
    request.on("response", (answer) => {
      status = Number(answer[":status"]);
    });
    request.on("data", () => undefined);
    request.on("end", () => resolve(status));
    request.on("error", reject);
    request.end(body);
  });
}

session?.setMaxListeners(0); // each request adds one for its timeout

const ask = isHttp2 ? overHttp2 : overFetch;
await ask(); // the connection, and the first check of the password
const times: number[] = [];
let failed = 0;
const began = performance.now();
const all: Promise<void>[] = [];
for (let i = 0; i < number; i++) {
  const wait = began + (i * 1000) / rate - performance.now();
  if (wait > 0) await Bun.sleep(wait);
  const sent = performance.now();
  const done = (status: number) => {
    times.push(performance.now() - sent);
    if (status !== 200) failed++;
  };
  all.push(ask().then(done, () => done(0)));
}
await Promise.all(all);
session?.close();
console.log(JSON.stringify({ failed, times }));
process.exit(0);
