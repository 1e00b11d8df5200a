import type { Writer } from "../requests.ts";
import type { Case } from "../types.ts";

const text = (value: string) => `{"text":"${value}"}`;

export function bodies({ post }: Writer): Case[] {
  const exactly = (status: number, list: [string, string | Uint8Array][]): Case[] =>
    list.map(([name, body]) => ({ name: `body: ${name}`, send: [post(body)], expect: [status] }));
  const answered = (list: [string, string | Uint8Array][]): Case[] =>
    list.map(([name, body]) => ({ name: `body: ${name}`, send: [post(body)], expect: "answered" }));
  const raw = (...bytes: number[]) =>
    Buffer.concat([Buffer.from('{"text":"a '), Buffer.from(bytes), Buffer.from('"}')]);
  return [
    ...exactly(400, [
      ["20,000 closed arrays", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
      ["empty", ""],
      ["blank", " \n "],
      ["cut off", '{"text":"a'],
      ["text after the end", `${text("a")} x`],
      ["two documents", `${text("a")}${text("b")}`],
      ["a comment", `/* */${text("a")}`],
      ["single quotes", "{'text':'a'}"],
      ["NaN", '{"text":NaN}'],
      ["a raw NUL", raw(0)],
      ["a raw line break", raw(10)],
      ["a bad escape", text("\\x41")],
      ["half an escape", text("\\ud8")],
      ["30,000 open arrays", "[".repeat(30_000)],
      ["8,000 open objects", '{"a":'.repeat(8000)],
      ["UTF-16", Buffer.from(text("love"), "utf16le")],
    ]),
    ...exactly(422, [
      ["null", "null"],
      ["a number too large for a double", "1e999"],
      ["400 digits", "9".repeat(400)],
      ["a string", '"a"'],
      ["an array", "[]"],
      ["no text", "{}"],
      ["text null", '{"text":null}'],
      ["text 1e999", '{"text":1e999}'],
      ["text -0", '{"text":-0}'],
      ["text in an array", '{"text":["a"]}'],
      ["a text under __proto__", '{"__proto__":{"text":"a"}}'],
      ["a text under constructor", '{"constructor":{"prototype":{"text":"a"}}}'],
      ["5,001 characters", text("a".repeat(5001))],
      ["5,001 emoji", text("\u{1f600}".repeat(5001))],
    ]),
    ...exactly(200, [
      ["duplicate keys: the last counts", '{"text":5,"text":"Hello"}'],
      ["5,000 characters", text("a".repeat(5000))],
      ["5,000 emoji", text("\u{1f600}".repeat(5000))],
      ["an escaped NUL", text("a\\u0000b")],
      ["a lone high surrogate", text("a \\ud800 b")],
      ["a lone low surrogate", text("\\udc00")],
      ["surrogates in the wrong order", text("\\udc00\\ud800".repeat(1000))],
      ["right-to-left marks", text("\u202e\u2066 love \u2069")],
      ["600 combining marks", text(`a${"\u0301".repeat(600)}`)],
      ["names of object parts", text("__proto__ constructor toString valueOf hasOwnProperty")],
      ["4,900 brackets", text("([{<".repeat(1225))],
      ["4,900 smileys", text(":-)".repeat(1633))],
      ["4,900 at signs", text("@".repeat(4900))],
      ["2,400 words", text("a ".repeat(2400).trim())],
      ["half a URL many times", text("http://".repeat(700))],
      ["a number for every character", text("1".repeat(5000))],
    ]),
    ...answered([
      ["bytes that are not UTF-8", raw(0xff, 0xfe, 0x80)],
      ["an overlong encoding", raw(0xc0, 0xaf)],
      ["a surrogate in UTF-8", raw(0xed, 0xa0, 0x80)],
      ["beyond Unicode", raw(0xf4, 0x90, 0x80, 0x80)],
      ["a byte order mark", `\ufeff${text("a")}`],
      ["extra fields", '{"text":"Hello","toString":1,"__proto__":null}'],
      ["only a zero-width space", text("\u200b")],
    ]),
    { name: "body: 65,537 bytes", send: [post("a".repeat(65_537))], expect: [413] },
    {
      name: "body: 10 GB announced",
      send: [post("", { extra: "" }).toString().replace("Content-Length: 0", "Content-Length: 10000000000")],
      expect: [413],
    },
    {
      name: "batch: 257 texts",
      send: [post(JSON.stringify({ texts: Array(257).fill("a") }), { path: "/echo/batch" })],
      expect: [422],
    },
    { name: "batch: none", send: [post('{"texts":[]}', { path: "/echo/batch" })], expect: [422] },
    {
      name: "batch: every item wrong",
      send: [post(JSON.stringify({ texts: Array(256).fill(7) }), { path: "/echo/batch" })],
      expect: [422],
    },
    {
      name: "batch: one megabyte and a byte",
      send: [post(" ".repeat(1024 * 1024 + 1), { path: "/echo/batch" })],
      expect: [413],
    },
    {
      name: "batch: 256 lone surrogates in the debug group",
      send: [
        post(`{"texts":[${Array(256).fill('"\\ud800 love"').join(",")}]}`, {
          path: "/echo/batch",
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
        send: [post(text("Hello"), { path: `/echo?${query}` })],
        expect: "answered",
      }),
    ),
    ...["\\ud800", "\\u0000", "a".repeat(5000), "((((", "\u{1f600}".repeat(2000)].map(
      (value): Case => ({
        name: `debug group: ${value.slice(0, 12)}`,
        send: [post(text(value), { extra: "X-Experiment-Group: debug\r\n" })],
        expect: [200],
      }),
    ),
  ];
}
