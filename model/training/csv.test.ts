import { expect, test } from "bun:test";
import { CsvError, parseCsv } from "./csv.ts";
import { parseTweets, readTweets } from "./dataset.ts";

const HEADER = "tweet_id,sentiment,content\n";

function fields(text: string): (readonly string[])[] {
  return [...parseCsv(text, "x.csv")].map((row) => row.fields);
}

test.each<[string, string, string[][]]>([
  [
    "LF",
    "a,b\nc,d\n",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  [
    "CRLF",
    "a,b\r\nc,d\r\n",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  ["no last line end", "a,b", [["a", "b"]]],
  ["quotes", '"a,1","say ""hi"""\n', [["a,1", 'say "hi"']]],
  ["a line end in quotes", '"a\nb",c\r\n', [["a\nb", "c"]]],
  ["empty fields", ",\n", [["", ""]]],
  ["empty lines", "a\n\n\r\nb\n", [["a"], ["b"]]],
  ["a byte order mark", "\ufeffa,b\n", [["a", "b"]]],
  ["a bare quote inside", 'a"b,c\n', [['a"b', "c"]]],
])("%s", (_, text, expected) => {
  expect(fields(text)).toEqual(expected);
});

test.each<[string, string, number, RegExp]>([
  ["no text", "", 1, /empty/],
  ["no column", "tweet_id,content\n1,hi\n", 1, /no column "sentiment"/],
  ["no rows", HEADER, 2, /no rows/],
  ["an open quote", `${HEADER}1,love,fine\n2,love,"never\nclosed\n`, 3, /never closed/],
  ["text after a quote", `${HEADER}1,love,"a\nb"c\n`, 3, /follows a closing quote/],
  ["a field too few", `${HEADER}1,love,"two\nlines"\n2,love\n`, 4, /2 fields where the header has 3/],
  ["a field too many", `${HEADER}1,love,a,b\n`, 2, /4 fields/],
  ["a foreign label", `${HEADER}1,joy,hi\n`, 2, /"joy" is none of the 13 labels/],
])("%s is told with its line", (_, text, line, reason) => {
  const broken = (): unknown => parseTweets(text, "x.csv");
  expect(broken).toThrow(CsvError);
  expect(broken).toThrow(reason);
  expect(broken).toThrow(`x.csv, line ${line}:`);
});

test("columns are found by name, so copies with an author column are read too", () => {
  const rows = parseTweets(
    '"tweet_id","sentiment","author","content"\r\n1,"worry","me","a ""b"""\r\n',
    "x.csv",
  );
  expect(rows).toEqual([{ text: 'a "b"', label: 12 }]);
});

test("a file that is missing is one line with the variable that helps", () => {
  expect(() => readTweets("/nowhere/tweets.csv")).toThrow(
    /^no data at \/nowhere\/tweets.csv: give its path with DATA=/,
  );
});
