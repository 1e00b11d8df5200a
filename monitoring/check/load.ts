// A short mixed load for the checks: good, debug, batch, bad, unauthenticated, unknown, and above the limit.
// Argument: seconds (60 by default). Stays below the limit except for one burst every ten seconds.

import { basicAuth, fetchGateway, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { main, UserError } from "../../ops/settings/fail.ts";
import { compose, setting } from "../../ops/settings/project.ts";

const seconds = Number(process.argv[2] ?? 60);
const good = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));
const counts = new Map<number, number>();

async function send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetchGateway(gatewayUrl() + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: good, ...headers },
    body: JSON.stringify(body),
  }).catch((error: Error) => {
    throw new UserError(`the gateway does not answer (${error.message}): make start-project`);
  });
  await answer.arrayBuffer();
  counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
}

const sentence = (text: string) => ({ sentence: text });
const kinds = [
  () => send("/predict", sentence("I love this, thank you so much!")),
  () => send("/predict", sentence("so tired and sad today"), { "x-experiment-group": "debug" }),
  () => send("/predict/batch", { sentences: ["what a relief", "I hate rain"] }),
  () => send("/predict", sentence("   ")),
  () => send("/predict", sentence("hello"), { authorization: "" }),
  ...("language" in compose.services
    ? [() => send("/language", { text: "The quick brown fox jumps over the lazy dog." })]
    : []),
  () => send("/nowhere", {}),
  () => send("/predict", sentence("so happy")),
];

await main(async () => {
  const end = performance.now() + seconds * 1000;
  for (let turn = 0; performance.now() < end; turn++) {
    await kinds[turn % kinds.length]!();
    if (turn % 60 === 59)
      await Promise.all(Array.from({ length: 20 }, () => send("/predict", sentence("burst"))));
    if (turn % 60 === 30)
      await send("/predict", sentence("hi"), { authorization: basicAuth("admin", "wrong") });
    await Bun.sleep(160);
  }
  console.log(
    [...counts]
      .sort()
      .map(([status, n]) => `${n} × ${status}`)
      .join(", "),
  );
});
