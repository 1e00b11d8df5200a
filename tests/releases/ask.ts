// bun tests/releases/ask.ts NUMBER: that many requests to /echo, twenty at a time; prints status, X-Served-By and X-Version.
import { basicAuth, fetchGateway, gatewayTls, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { setting } from "../../ops/settings/project.ts";

const number = Number(process.argv[2]);
const tls = gatewayTls();
const headers = {
  authorization: basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD")),
  "content-type": "application/json",
};
let next = 0;

async function ask(): Promise<void> {
  while (next++ < number) {
    const options = { method: "POST", headers, body: JSON.stringify({ text: "Hello, world" }) };
    const answer = await fetchGateway(`${gatewayUrl()}/echo`, options, tls);
    await answer.arrayBuffer();
    console.log(answer.status, answer.headers.get("x-served-by"), answer.headers.get("x-version"));
  }
}

await Promise.all(Array.from({ length: 20 }, ask));
