import { expect, test } from "bun:test";
import { DataError, parseTweets, readTweets } from "./dataset.ts";

const HEADER = "tweet_id,sentiment,content\n";

test.each<[string, string, string]>([
  ["CRLF", "1,love,a\r\n", "a"],
  ["no last line end", "1,love,a", "a"],
  ["quotes", '1,love,"a,1 say ""hi"""\n', 'a,1 say "hi"'],
  ["a line end in quotes", '1,love,"a\nb"\r\n', "a\nb"],
  ["an empty field", "1,love,\n", ""],
  ["empty lines", "\n\r\n1,love,a\n\n", "a"],
])("%s", (_, row, expected) => {
  expect(parseTweets(HEADER + row, "x.csv")).toEqual([{ text: expected, label: 7 }]);
});

test.each<[string, string, number, RegExp]>([
  ["no text", "", 1, /no rows/],
  ["no column", "tweet_id,content\n1,hi\n", 1, /no rows with a column "sentiment"/],
  ["no rows", HEADER, 1, /no rows/],
  ["an open quote", `${HEADER}1,love,fine\n2,love,"never\nclosed\n`, 4, /Quote Not Closed/],
  ["text after a quote", `${HEADER}1,love,"a\nb"c\n`, 3, /Invalid Closing Quote/],
  ["a field too few", `${HEADER}1,love,"two\nlines"\n2,love\n`, 4, /columns length is 3, got 2/],
  ["a field too many", `${HEADER}1,love,a,b\n`, 2, /got 4/],
  ["an unknown label", `${HEADER}1,joy,hi\n`, 2, /"joy" is not one of the 13 labels/],
])("%s is an error with its line", (_, text, line, reason) => {
  const broken = (): unknown => parseTweets(text, "x.csv");
  expect(broken).toThrow(DataError);
  expect(broken).toThrow(reason);
  expect(broken).toThrow(`x.csv, line ${line}:`);
});

test("columns are found by name: a byte order mark and an author column are accepted", () => {
  const rows = parseTweets(
    '\ufeff"tweet_id","sentiment","author","content"\r\n1,"worry","me","a ""b"""\r\n',
    "x.csv",
  );
  expect(rows).toEqual([{ text: 'a "b"', label: 12 }]);
});

test("a missing file gives one line with the make variable to set", () => {
  expect(() => readTweets("/nowhere/tweets.csv")).toThrow(
    /^no data at \/nowhere\/tweets.csv: give its path with DATA=/,
  );
});
