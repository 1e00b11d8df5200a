import { expect, test } from "bun:test";
import { EMOJI, EMOTICON, LINK, MARK, MAX_UNITS, MENTION, NUMBER, Tokenizer, WORD } from "./tokenizer.ts";

const tokens = new Tokenizer();

function read(text: string): [kind: number, token: string][] {
  tokens.scan(text);
  return Array.from({ length: tokens.count }, (_, t) => [
    tokens.kind[t]!,
    text.slice(tokens.start[t], tokens.end[t]),
  ]);
}

function normalForm(text: string): string {
  tokens.scan(text);
  return String.fromCharCode(...tokens.stream.subarray(0, tokens.streamLength)).trim();
}

test.each<[string, [number, string][]]>([
  ["", []],
  [" \t\n\u00a0\u3000 ", []],
  [
    "hi @bob_1!",
    [
      [WORD, "hi"],
      [MENTION, "@bob_1"],
      [MARK, "!"],
    ],
  ],
  [
    "see http://x.y/z?q=1 ok",
    [
      [WORD, "see"],
      [LINK, "http://x.y/z?q=1"],
      [WORD, "ok"],
    ],
  ],
  [
    "HTTPS stays a word",
    [
      [WORD, "HTTPS"],
      [WORD, "stays"],
      [WORD, "a"],
      [WORD, "word"],
    ],
  ],
  [
    "www.a.com wwww",
    [
      [LINK, "www.a.com"],
      [WORD, "wwww"],
    ],
  ],
  [
    "don't 'quote'",
    [
      [WORD, "don't"],
      [MARK, "'"],
      [WORD, "quote"],
      [MARK, "'"],
    ],
  ],
  ["it’s", [[WORD, "it’s"]]],
  [":) :-( =D ;p :/ (:", [":)", ":-(", "=D", ";p", ":/", "(:"].map((face) => [EMOTICON, face])],
  [
    "&lt;3 <3 &amp;",
    [
      [EMOTICON, "&lt;3"],
      [EMOTICON, "<3"],
      [MARK, "&amp;"],
    ],
  ],
  [
    "a:b 10:30",
    [
      [WORD, "a"],
      [MARK, ":"],
      [WORD, "b"],
      [NUMBER, "10"],
      [MARK, ":"],
      [NUMBER, "30"],
    ],
  ],
  [
    "wow!!! ...",
    [
      [WORD, "wow"],
      [MARK, "!!!"],
      [MARK, "..."],
    ],
  ],
  [
    "#fail",
    [
      [MARK, "#"],
      [WORD, "fail"],
    ],
  ],
  [
    "2morrow 22",
    [
      [WORD, "2morrow"],
      [NUMBER, "22"],
    ],
  ],
  [
    "😂❤️👍🏽",
    [
      [EMOJI, "😂"],
      [EMOJI, "❤"],
      [EMOJI, "👍"],
    ],
  ],
  ["\ud83d a \ude00", [[WORD, "a"]]],
  [
    "שלום עולם",
    [
      [WORD, "שלום"],
      [WORD, "עולם"],
    ],
  ],
])("tokens of %j", (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ["SOOOOO happyyyy", "soo happyy"],
  ["Don't can’t", "dont cant"],
  ["ÉCOLE Привет", "école привет"],
  ["@bob http://x.y 12", ""],
])("normal form of %j is %j", (text, expected) => {
  expect(normalForm(text)).toBe(expected);
});

test.each([
  ["don't", "dont"],
  ["sooo", "soooooooo"],
  [":-)", "=]"],
  ["@ann", "@bob"],
  ["www.a.com", "https://b.org/c"],
  ["19:30", "20:15"],
  ["!!!", "!!!!!!!!"],
])("%j and %j have the same tokens", (a, b) => {
  const hashes = (text: string): Int32Array => {
    tokens.scan(text);
    return tokens.hash.slice(0, tokens.count);
  };
  expect(hashes(a)).toEqual(hashes(b));
});

test.each([
  ["!", "!!"],
  [":)", ":("],
  ["😂", "😭"],
  ["good", "god"],
])("%j and %j differ", (a, b) => {
  tokens.scan(a);
  const first = tokens.hash[0];
  tokens.scan(b);
  expect(tokens.hash[0]).not.toBe(first!);
});

test("text beyond the limit is not read", () => {
  tokens.scan(`${"a ".repeat(MAX_UNITS)}end`);
  expect(tokens.count).toBe(MAX_UNITS / 2);
});
