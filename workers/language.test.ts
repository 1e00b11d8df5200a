import { expect, test } from "bun:test";
import { app } from "./language.ts";

async function ask(text: string): Promise<{ status: number; answer: unknown }> {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify({ text }) };
  const response = await app.handle(new Request("http://localhost/language", request));
  return { status: response.status, answer: await response.json() };
}

const texts: [string, string][] = [
  ["eng", "The train leaves from the other platform, and nobody told us about it."],
  ["deu", "Der Zug fährt heute von einem anderen Gleis ab, und niemand hat es uns gesagt."],
  ["fra", "Le train part d'un autre quai aujourd'hui et personne ne nous l'a dit."],
  ["jpn", "電車は別のホームから出発しますが、誰も教えてくれませんでした。"],
  ["und", "hm"],
];
for (const [language, text] of texts) {
  test(`${language}: ${text.slice(0, 30)}`, async () => {
    expect(await ask(text)).toMatchObject({ status: 200, answer: { language } });
  });
}

test("a blank text is refused", async () => {
  expect(await ask(" ")).toMatchObject({ status: 422, answer: { errors: [{ field: "text" }] } });
});
