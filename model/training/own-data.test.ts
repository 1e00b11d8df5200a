import { expect, test } from "bun:test";
import { UserError } from "../../ops/settings/fail.ts";
import { parseOwnData } from "./own-data.ts";

/** `count` different rows of a label. */
const rows = (label: string, count = 20): string =>
  Array.from({ length: count }, (_, i) => `text ${"x".repeat(i)},${label}\n`).join("");
const parse = (text: string) => parseOwnData(text, "x.csv");

test("columns are found by name, in any order and case; labels are sorted, numbers by value", () => {
  const csv = `\ufeffid,Label , TEXT\r\n${rows("10,a").replace(/^(.*),(.*),(.*)$/gm, "1,$2,$1")}`;
  const { examples, labels } = parse(csv + csv.split("\n").slice(1).join("\n").replaceAll(",10,", ",9,"));
  expect(labels).toEqual(["9", "10"]);
  expect(examples).toHaveLength(40);
  expect(examples[0]).toEqual({ text: "text ", label: 1 });
});

test("quotes, commas and line ends in a text; blanks around a label", () => {
  const { examples, labels } = parse(
    `text,label\n"one, ""two""\nthree", bug report \n${rows("bug report")}${rows("Größe/é")}`,
  );
  expect(labels).toEqual(["bug report", "Größe/é"]);
  expect(examples[0]).toEqual({ text: 'one, "two"\nthree', label: 0 });
});

test.each<[string, string, RegExp]>([
  ["an empty file", "", /^x\.csv: 0 rows with 0 labels/],
  ["no column text", "body,label\n", /^x\.csv, line 1: no column "text"; the first line has: body \| label$/],
  ["no column label", "text\nhello\n", /^x\.csv, line 1: no column "label"/],
  ["semicolons", "text;label\na;b\n", /no column "text"; the first line has: text;label$/],
  ["an empty label", `text,label\n"a\nb", \n`, /^x\.csv, line 3: the label is empty$/],
  ["an empty text", "text,label\n ,bug\n", /^x\.csv, line 2: the text is empty$/],
  ["markup in a label", "text,label\na,<b>\n", /^x\.csv, line 2: label "<b>": use 1 to 40 letters/],
  ["a line end in a label", 'text,label\na,"b\nc"\n', /^x\.csv, line 3: label "b\\nc": use/],
  ["a field too few", "text,label\na\n", /^x\.csv, line 2: .*columns length is 2, got 1/],
  ["no rows", "text,label\n", /^x\.csv: 0 rows with 0 labels; a classifier needs two or more$/],
  ["one label", `text,label\n${rows("bug")}`, /^x\.csv: 20 rows with 1 labels/],
  [
    "few rows",
    `text,label\n${rows("bug")}${rows("ok", 19)}`,
    /^x\.csv: "ok" has 19 different texts; at least 20/,
  ],
  ["the same row", `text,label\n${rows("bug")}${"a,ok\n".repeat(50)}`, /"ok" has 1 different texts/],
  ["two spellings", `text,label\n${rows("bug")}${rows("Bug")}`, /^x\.csv: "[Bb]ug" is written in two ways/],
  [
    "101 labels",
    `text,label\n${Array.from({ length: 101 }, (_, i) => rows(`l${i}`)).join("")}`,
    /at most 100/,
  ],
])("%s is one line that says what is wrong", (_, csv, reason) => {
  expect(() => parse(csv)).toThrow(UserError);
  expect(() => parse(csv)).toThrow(reason);
});
