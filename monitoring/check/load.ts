// A short mixed load for check/dashboards.ts: valid requests to each worker, invalid and unauthenticated ones, an unknown
// path, and a burst over the rate limit every ten seconds. Argument: seconds (60 by default).

import { basicAuth, fetchGateway, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { main, UserError } from "../../ops/settings/fail.ts";
import { setting, workers } from "../../ops/settings/project.ts";
import { target } from "../../tests/lib/target.ts";

const seconds = Number(process.argv[2] ?? 60);
const credentials = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));
const counts = new Map<number, number>();

async function send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetchGateway(gatewayUrl() + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: credentials, ...headers },
    body: JSON.stringify(body),
  }).catch((error: Error) => {
    throw new UserError(`the gateway does not answer (${error.message}): make start-project`);
  });
  await answer.arrayBuffer();
  counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
}

await main(async () => {
  const all = await Promise.all(workers().map(({ name }) => target(name)));
  const [first] = all;
  if (!first) throw new UserError("compose.yaml has no worker");
  const good = (headers = {}) => send(first.path, first.body, { ...first.headers, ...headers });
  const kinds = [
    ...all.map(
      ({ path, body, headers }) =>
        () =>
          send(path, body, headers),
    ),
    () => send(first.path, {}, first.headers),
    () => good({ authorization: "" }),
    () => send("/nowhere", {}),
  ];
  const end = performance.now() + seconds * 1000;
  for (let turn = 0; performance.now() < end; turn++) {
    await kinds[turn % kinds.length]!();
    if (turn % 60 === 59) await Promise.all(Array.from({ length: 20 }, () => good()));
    if (turn % 60 === 30) await good({ authorization: basicAuth("admin", "wrong") });
    await Bun.sleep(160);
  }
  console.log(
    [...counts]
      .sort()
      .map(([status, n]) => `${n} × ${status}`)
      .join(", "),
  );
});
