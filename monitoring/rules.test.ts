import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

interface Rule {
  alert?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

function read<T>(dir: string, pick: (text: string) => T[]): T[] {
  const path = join(import.meta.dir, dir);
  return readdirSync(path).flatMap((file) => pick(readFileSync(join(path, file), "utf8")));
}

const alerts = read("prometheus/rules", (text) =>
  (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules),
).filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);
const tests = read("prometheus/tests", (text) => (parse(text) as { tests: { name: string }[] }).tests);
const runbook = readFileSync(join(import.meta.dir, "runbook.md"), "utf8");
const entries = [...runbook.matchAll(/^## (.+)$/gm)].map(([, name]) => name);

describe("each alert", () => {
  for (const { alert, labels, annotations } of alerts) {
    test(`${alert} has a severity, a summary, a description and a runbook entry`, () => {
      expect(labels?.["severity"]).toMatch(/^(critical|warning|none)$/);
      expect(annotations?.["summary"]).toBeString();
      expect(annotations?.["description"]).toBeString();
      expect(annotations?.["runbook_url"]).toBe(`monitoring/runbook.md#${alert.toLowerCase()}`);
      expect(entries).toContain(alert);
    });
    test(`${alert} has a test that it fires and one that it stays silent`, () => {
      const names = tests.map(({ name }) => name);
      expect(names).toContain(`${alert} fires`);
      if (alert !== "Watchdog")
        // it always fires
        expect(names.some((name) => name.startsWith(`${alert} stays silent`))).toBeTrue();
    });
  }
});

test("the runbook has no entry without an alert", () => {
  expect(entries).toEqual(expect.arrayContaining(alerts.map(({ alert }) => alert)));
  expect(entries.filter((name) => !alerts.some(({ alert }) => alert === name))).toEqual([]);
});
