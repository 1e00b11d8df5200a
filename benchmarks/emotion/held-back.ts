// bun benchmarks/emotion/held-back.ts labels|ask NUMBER: that many sentences that no training used, of GoEmotions' test part in
// the folder GOEMOTIONS. "labels" prints the label that this checkout's model gives each; "ask" sends them to /predict, twenty at
// a time.
import { loadModel } from "../../model/index.ts";
import { GO_TEST, readGoEmotions } from "../../model/training/goemotions.ts";
import { basicAuth, fetchGateway, gatewayTls, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { main, UserError } from "../../ops/settings/fail.ts";
import { setting } from "../../ops/settings/project.ts";

await main(async () => {
  const [what, number] = [process.argv[2], Number(process.argv[3])];
  const { examples } = readGoEmotions(process.env["GOEMOTIONS"] ?? "", GO_TEST);
  if (examples.length < number) throw new UserError(`GOEMOTIONS has ${examples.length} test comments`);
  const sentences = examples.slice(0, number).map(({ text }) => text);
  if (what === "labels") {
    const model = loadModel();
    console.log(sentences.map((text) => model.predict(text).label).join("\n"));
    return;
  }
  const tls = gatewayTls();
  const headers = {
    authorization: basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD")),
    "content-type": "application/json",
  };
  let next = 0;
  let failed = 0;
  const ask = async () => {
    for (let text = sentences[next++]; text !== undefined; text = sentences[next++]) {
      const options = { method: "POST", headers, body: JSON.stringify({ sentence: text }) };
      const answer = await fetchGateway(`${gatewayUrl()}/predict`, options, tls);
      await answer.arrayBuffer();
      if (answer.status !== 200) failed++;
    }
  };
  await Promise.all(Array.from({ length: 20 }, ask));
  console.log(`${number} requests, ${failed} failed`);
});
