// The canary's files, also where others put something in their place.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { readState } from "./contract.ts";
import { canaryMetrics } from "./metrics.ts";
import { Canary } from "./process.ts";
import { writeShare, writeState } from "./state.ts";
import { begin, look } from "./steps.ts";
import { Counters, SETTINGS } from "./test-rollout.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "canary-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a share is one file; folders of such names are removed, other files stay", () => {
  mkdirSync(join(folder, "5/below"), { recursive: true });
  mkdirSync(join(folder, "50"));
  writeFileSync(join(folder, "state.json"), "");
  writeShare(folder, 5);
  expect(readdirSync(folder).sort()).toEqual(["5", "state.json"]);
  expect(statSync(join(folder, "5")).isFile()).toBe(true);
  writeShare(folder, 0);
  expect(readdirSync(folder)).toEqual(["state.json"]);
});

test("a state that is damaged or of another canary is none", () => {
  const state = begin(SETTINGS, 1);
  writeState(folder, state);
  expect(readState(folder, SETTINGS.id)).toEqual(state);
  expect(readState(folder, "two")).toBeUndefined();
  for (const text of ["", "{", "[]", "null", '{"id":"one"}']) {
    writeFileSync(join(folder, "state.json"), text);
    expect(readState(folder, SETTINGS.id)).toBeUndefined();
  }
});

test("the metrics of a state from disk, whose shares may be missing", async () => {
  const settings = { ...SETTINGS, folder };
  const counters = new Counters();
  counters.requests("own", 1, { errors: 0, slow: 0 }, () => 0.5);
  const state = look(begin(settings, 0), counters.samples(), settings, 5000);
  writeState(folder, { ...state, outcome: "stopped" });
  const registry = new Registry();
  canaryMetrics(registry, new Canary(settings));
  const text = await registry.metrics();
  expect(text).toContain('canary_outcome{outcome="stopped"} 1');
  expect(text).toContain('canary_verdict{check="all"} 0');
});
