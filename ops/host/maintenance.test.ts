import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { maintenance, maintenanceOf, recordMaintenance } from "./maintenance.ts";

test("addresses and networks of both families, separated by commas or spaces", () => {
  expect(maintenanceOf("", "192.0.2.7, 10.0.0.0/8 2001:db8::/32,::1 ::1").allow).toEqual([
    "192.0.2.7",
    "10.0.0.0/8",
    "2001:db8::/32",
    "::1",
  ]);
});

test("anything else is refused by name", () => {
  for (const text of [
    "example.org",
    "10.0.0.0/33",
    "::1/129",
    "10.0.0/8",
    "1.2.3.4/",
    "1.2.3.4/8/8",
    "fe80::1%eth0",
    "::1;",
  ])
    expect(() => maintenanceOf("", text)).toThrow(`ALLOW has ${JSON.stringify(text)}, which is no address`);
});

test("a message is one line of at most 200 characters", () => {
  expect(maintenanceOf(" Back at noon. ", "").message).toBe("Back at noon.");
  expect(maintenanceOf("", "").message).toContain("maintenance");
  expect(maintenanceOf("😀".repeat(200), "").message).toHaveLength(400);
  expect(() => maintenanceOf("x".repeat(201), "")).toThrow("at most 200");
  for (const text of ["a\nb", "a\u0000b", "\u001b[1m", "\ud800"])
    expect(() => maintenanceOf(text, "")).toThrow("one line");
});

test("what is not given stays as it was", () => {
  const before = maintenanceOf("Back at noon.", "::1");
  expect(maintenanceOf("", "", before)).toEqual(before);
  expect(maintenanceOf("Back at one.", "", before)).toEqual({ message: "Back at one.", allow: ["::1"] });
  expect(maintenanceOf("", "192.0.2.7", before)).toEqual({ message: "Back at noon.", allow: ["192.0.2.7"] });
});

test("it is kept until it ends", () => {
  const folder = mkdtempSync(join(tmpdir(), "maintenance-"));
  const file = join(folder, "state/maintenance.json");
  expect(maintenance(file)).toBeUndefined();
  const next = maintenanceOf("Back at noon.", "::1");
  recordMaintenance(next, file);
  expect(maintenance(file)).toEqual(next);
  recordMaintenance(undefined, file);
  expect(maintenance(file)).toBeUndefined();
  rmSync(folder, { recursive: true });
});
