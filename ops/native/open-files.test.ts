import { expect, test } from "bun:test";
import { capOpenFiles, openFileLimit } from "./open-files.ts";

const limits =
  "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n";
const config = "worker_rlimit_nofile 65536;\nevents {\n    worker_connections 16384;\n}\n";

test("the hard limit holds for whoever may not raise it", () => {
  expect(openFileLimit(limits, "CapEff:\t0000000000000000\n")).toBe(4096);
  expect(openFileLimit(limits, "CapEff:\t000001ffffffffff\n")).toBe(Number.POSITIVE_INFINITY);
  expect(openFileLimit(limits.replace("4096", "unlimited"), "CapEff:\t0\n")).toBe(Number.POSITIVE_INFINITY);
});

test("nginx asks for no more than that, and for what it is told where there is enough", () => {
  expect(capOpenFiles(config, 4096)).toBe(
    "worker_rlimit_nofile 4096;\nevents {\n    worker_connections 2048;\n}\n",
  );
  expect(capOpenFiles(config, 65536)).toBe(config);
  expect(capOpenFiles(config, Number.POSITIVE_INFINITY)).toBe(config);
});
