import type { Writer } from "../requests.ts";
import type { Case } from "../types.ts";

const sentence = (text: string) => `{"sentence":"${text}"}`;

export function bodies({ post }: Writer): Case[] {
  const exactly = (status: number, list: [string, string | Uint8Array][]): Case[] =>
    list.map(([name, body]) => ({ name: `body: ${name}`, send: [post(body)], expect: [status] }));
  const answered = (list: [string, string | Uint8Array][]): Case[] =>
    list.map(([name, body]) => ({ name: `body: ${name}`, send: [post(body)], expect: "answered" }));
  const raw = (...bytes: number[]) =>
    Buffer.concat([Buffer.from('{"sentence":"a '), Buffer.from(bytes), Buffer.from('"}')]);
  return [
    ...exactly(400, [
      ["20,000 closed arrays", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
      ["empty", ""],
      ["blank", " \n "],
      ["cut off", '{"sentence":"a'],
      ["text after the end", `${sentence("a")} x`],
      ["two documents", `${sentence("a")}${sentence("b")}`],
      ["a comment", `/* */${sentence("a")}`],
      ["single quotes", "{'sentence':'a'}"],
      ["NaN", '{"sentence":NaN}'],
      ["a raw NUL", raw(0)],
      ["a raw line break", raw(10)],
      ["a bad escape", sentence("\\x41")],
      ["half an escape", sentence("\\ud8")],
      ["30,000 open arrays", "[".repeat(30_000)],
      ["8,000 open objects", '{"a":'.repeat(8000)],
      ["UTF-16", Buffer.from(sentence("love"), "utf16le")],
    ]),
    ...exactly(422, [
      ["null", "null"],
      ["a number too large for a double", "1e999"],
      ["400 digits", "9".repeat(400)],
      ["a string", '"a"'],
      ["an array", "[]"],
      ["no sentence", "{}"],
      ["sentence null", '{"sentence":null}'],
      ["sentence 1e999", '{"sentence":1e999}'],
      ["sentence -0", '{"sentence":-0}'],
      ["sentence in an array", '{"sentence":["a"]}'],
      ["a sentence under __proto__", '{"__proto__":{"sentence":"a"}}'],
      ["a sentence under constructor", '{"constructor":{"prototype":{"sentence":"a"}}}'],
      ["5,001 characters", sentence("a".repeat(5001))],
      ["5,001 emoji", sentence("\u{1f600}".repeat(5001))],
    ]),
    ...exactly(200, [
      ["duplicate keys: the last counts", '{"sentence":5,"sentence":"I love it"}'],
      ["5,000 characters", sentence("a".repeat(5000))],
      ["5,000 emoji", sentence("\u{1f600}".repeat(5000))],
      ["an escaped NUL", sentence("a\\u0000b")],
      ["a lone high surrogate", sentence("a \\ud800 b")],
      ["a lone low surrogate", sentence("\\udc00")],
      ["surrogates in the wrong order", sentence("\\udc00\\ud800".repeat(1000))],
      ["right-to-left marks", sentence("\u202e\u2066 love \u2069")],
      ["600 combining marks", sentence(`a${"\u0301".repeat(600)}`)],
      ["names of object parts", sentence("__proto__ constructor toString valueOf hasOwnProperty")],
      ["4,900 brackets", sentence("([{<".repeat(1225))],
      ["4,900 smileys", sentence(":-)".repeat(1633))],
      ["4,900 at signs", sentence("@".repeat(4900))],
      ["2,400 words", sentence("a ".repeat(2400).trim())],
      ["half a URL many times", sentence("http://".repeat(700))],
      ["a number for every character", sentence("1".repeat(5000))],
    ]),
    ...answered([
      ["bytes that are not UTF-8", raw(0xff, 0xfe, 0x80)],
      ["an overlong encoding", raw(0xc0, 0xaf)],
      ["a surrogate in UTF-8", raw(0xed, 0xa0, 0x80)],
      ["beyond Unicode", raw(0xf4, 0x90, 0x80, 0x80)],
      ["a byte order mark", `\ufeff${sentence("a")}`],
      ["extra fields", '{"sentence":"I love it","toString":1,"__proto__":null}'],
      ["only a zero-width space", sentence("\u200b")],
    ]),
    { name: "body: 65,537 bytes", send: [post("a".repeat(65_537))], expect: [413] },
    {
      name: "body: 10 GB announced",
      send: [post("", { extra: "" }).toString().replace("Content-Length: 0", "Content-Length: 10000000000")],
      expect: [413],
    },
    {
      name: "batch: 257 sentences",
      send: [post(JSON.stringify({ sentences: Array(257).fill("a") }), { path: "/predict/batch" })],
      expect: [422],
    },
    { name: "batch: none", send: [post('{"sentences":[]}', { path: "/predict/batch" })], expect: [422] },
    {
      name: "batch: every item wrong",
      send: [post(JSON.stringify({ sentences: Array(256).fill(7) }), { path: "/predict/batch" })],
      expect: [422],
    },
    {
      name: "batch: one megabyte and a byte",
      send: [post(" ".repeat(1024 * 1024 + 1), { path: "/predict/batch" })],
      expect: [413],
    },
    {
      name: "batch: 256 lone surrogates in the debug group",
      send: [
        post(`{"sentences":[${Array(256).fill('"\\ud800 love"').join(",")}]}`, {
          path: "/predict/batch",
          extra: "X-Experiment-Group: debug\r\n",
        }),
      ],
      expect: [200],
    },
    ...[
      "%zz",
      "a=%",
      "a=%ff%fe",
      "__proto__[x]=1",
      "a[b][c]=1",
      "&&&===",
      "a=".repeat(1500),
      "%00",
      "a=1;b=2",
      "\x80\xff",
    ].map(
      (query): Case => ({
        name: `query: ${query.slice(0, 20)}`,
        send: [post(sentence("I love it"), { path: `/predict?${query}` })],
        expect: "answered",
      }),
    ),
    ...["\\ud800", "\\u0000", "a".repeat(5000), "((((", "\u{1f600}".repeat(2000)].map(
      (text): Case => ({
        name: `debug group: ${text.slice(0, 12)}`,
        send: [post(sentence(text), { extra: "X-Experiment-Group: debug\r\n" })],
        expect: [200],
      }),
    ),
  ];
}
