import { expect, test } from "bun:test";
import { parseEnvFile } from "./env-file.ts";

const values: [string, string][] = [
  ["A=b", "b"],
  ["export A = b # remark", "b"],
  ["A=b#c", "b#c"],
  ["A=@Strong: *x\\", "@Strong: *x\\"],
  ["A='$x \"#\\n'", '$x "#\\n'],
  ['A="it\'s \\$x \\"q\\" \\\\" # remark', 'it\'s $x "q" \\'],
  ["A=", ""],
  ["A=b\r", "b"],
  ["\ufeffA=b", "b"],
  ["A=1\nA=2", "2"],
];
for (const [text, value] of values) {
  test(`${JSON.stringify(text)} is ${JSON.stringify(value)}`, () =>
    expect([...parseEnvFile(text)]).toEqual([["A", value]]));
}

test("blank lines and comments are ignored", () => expect(parseEnvFile("\n \t\r\n# A=1\n").size).toBe(0));

const HOW = 'write the value in single quotes, or in double quotes with \\ before every \\ " and $';
const refused: [string, string][] = [
  ["x\nA=pa$word", `.env:2: A: ${HOW}`],
  ['A="pa$word"', `.env:1: A: ${HOW}`],
  ['A="a\\nb"', `.env:1: A: ${HOW}`],
  ["A='it's'", `.env:1: A: ${HOW}`],
  ["A='ends with \\'", `.env:1: A: ${HOW}`],
  ["A='no end", `.env:1: A: ${HOW}`],
  ["A='two' words", `.env:1: A: ${HOW}`],
  ["A= # remark", `.env:1: A: ${HOW}`],
  ["A=a\tb", ".env:1: A: the value holds a character that is not printable"],
  ["A", ".env:1: write NAME=value"],
  ["A: b", ".env:1: write NAME=value"],
];
for (const [text, message] of refused) {
  const whole = text.replace("x\n", "# first line\n");
  test(`${JSON.stringify(text)} is refused`, () => expect(() => parseEnvFile(whole)).toThrow(message));
}
