// Whether a server answers as v1: a comparison of servers that do different things would say nothing.
import { readFileSync } from "node:fs";
import { loadModel } from "../../../model/index.ts";
import { fetchGateway, gatewayTls } from "../../../ops/host/gateway-client.ts";
import { UserError } from "../../../ops/settings/fail.ts";
import type { Client, Target } from "../../lib/wrk.ts";

const AT_ONCE = 20;

/** Requests that v1 refuses, and their status. */
const REFUSED: [body: string, status: number][] = [
  ["{", 400],
  ["{}", 422],
  ['{"sentence":1}', 422],
  ['{"sentence":" \\n"}', 422],
  [JSON.stringify({ sentence: "a".repeat(5001) }), 422],
];

/** @throws UserError for a label that is not the model's, or a request that is not refused as v1 does. */
export async function checkAgreement(targets: Target[], { bodies, authorization }: Client): Promise<void> {
  const model = loadModel();
  const expected = readFileSync(bodies, "utf8")
    .trim()
    .split("\n")
    .map((body): [string, string] => [body, model.predict(JSON.parse(body).sentence).label]);
  const tls = gatewayTls();
  for (const { name, url } of targets) {
    const ask = async (body: string) => {
      const headers = { authorization, "content-type": "application/json" };
      const answer = await fetchGateway(url, { method: "POST", headers, body }, tls);
      return { status: answer.status, text: await answer.text() };
    };
    const check = (holds: boolean, body: string, said: string) => {
      if (!holds) throw new UserError(`${name} does not answer as v1: ${said} to ${body.slice(0, 80)}`);
    };
    for (const [body, status] of REFUSED) {
      const answer = await ask(body);
      check(answer.status === status, body, `${answer.status} instead of ${status}`);
    }
    for (let i = 0; i < expected.length; i += AT_ONCE) {
      const some = expected.slice(i, i + AT_ONCE);
      const answers = await Promise.all(some.map(([body]) => ask(body)));
      for (const [k, { text }] of answers.entries()) {
        const [body, label] = some[k]!;
        check(text === JSON.stringify({ "prediction value": label }), body, `${text} instead of ${label}`);
      }
    }
  }
}
