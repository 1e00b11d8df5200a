import { expect, test } from "bun:test";
import { imageError } from "./prepare.ts";

const BUN = `3 | const x = ;
              ^
error: Unexpected ;
    at /src/workers/syn.ts:3:11
`;

test("an error of the bundler has file, line and column of the checkout, as in native mode", () => {
  const legacy = `${BUN}The command '/bin/sh -c bun build' returned a non-zero code: 1`;
  const buildkit = `${BUN.replace(/^/gm, "#12 0.543 ")}\n#12 ERROR: process did not complete: exit code: 1\nfailed to solve: exit code: 1`;
  for (const output of [legacy, buildkit])
    expect(imageError(output)).toBe("workers/syn.ts:3:11: Unexpected ;");
});

test("any other build error is its last line", () => {
  expect(imageError("#3 ERROR: no such file\nfailed to solve: no such file\n")).toBe(
    "failed to solve: no such file",
  );
});
