import { expect, test } from "bun:test";
import { defineProcess } from "./pm2.ts";
import { summary } from "./reconcile.ts";

const process = (name: string) => defineProcess(name, ["true"]);

test("one line per kind of change; a process that is removed and started is replaced", () => {
  const changes = {
    start: ["own-1", "own-2", "prometheus"].map(process),
    remove: ["language-1", "prometheus"],
  };
  expect(summary(changes, ["gateway"])).toEqual([
    "stopped: language-1",
    "started: own-1, own-2",
    "replaced: prometheus",
    "reloaded: gateway",
  ]);
  expect(summary({ start: [], remove: [] })).toEqual([]);
});
