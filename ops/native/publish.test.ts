import { expect, test } from "bun:test";
import { liveVersions } from "./publish.ts";

const [first, second] = ["0123456789ab", "ba9876543210"];

test("a version is live when all replicas of its worker run it", () => {
  const list = [
    { name: "own-1", version: first },
    { name: "own-2", version: first },
    { name: "other-1", version: first },
    { name: "other-2", version: second },
    { name: "gateway" },
  ];
  expect(liveVersions(list)).toEqual([{ worker: "own", version: first }]);
});

test("neither the extra replica of a deployment nor a preview makes a version live", () => {
  const list = [
    { name: "own-1", version: first },
    { name: "own-next", version: second },
    { name: "own.preview", version: second },
  ];
  expect(liveVersions(list)).toEqual([{ worker: "own", version: first }]);
  expect(liveVersions(list.slice(1))).toEqual([]);
});

test("a replica in development has no version", () => {
  expect(liveVersions([{ name: "own-1" }, { name: "own-2", version: first }])).toEqual([]);
});
