import { expect, test } from "bun:test";
import { imageError } from "./image-error.ts";

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

const APT = `#9 3.104 Err:1 http://deb.debian.org/debian bookworm/main amd64 mtail amd64 3.0.0~rc50-3
#9 3.104   Temporary failure resolving 'deb.debian.org'
#9 3.110 E: Failed to fetch http://deb.debian.org/debian/pool/m/mtail.deb  Temporary failure resolving 'deb.debian.org'
#9 3.110 E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?
#9 ERROR: executor failed running [/bin/sh -c echo 'Acquire::Retries "3";' >/etc/apt/apt.conf.d/retries]: exit code: 100
target log-exporter: failed to solve: executor failed running [/bin/sh -c echo 'Acquire::Retries …' ]: exit code: 100
`;

test("a package that cannot be fetched is apt's own line, with what to do", () => {
  const line =
    "E: Failed to fetch http://deb.debian.org/debian/pool/m/mtail.deb  Temporary failure resolving 'deb.debian.org'";
  const again = " (a network error: run it again)";
  expect(imageError(APT)).toBe(line + again);
  // When the lists cannot be fetched, apt only warns and then finds no package.
  const lists = APT.replace("E: Failed", "W: Failed").replace(
    /E: Unable.*/,
    "E: Unable to locate package mtail",
  );
  expect(imageError(lists)).toBe(line.replace("E:", "W:") + again);
});

test("any other error of apt is its last one", () => {
  const missing = APT.replace(/E: Failed.*/, "E: Version '3' for 'mtail' was not found").replace(
    /#9 .* E: Unable.*\n/,
    "",
  );
  expect(imageError(missing)).toBe("E: Version '3' for 'mtail' was not found");
});
