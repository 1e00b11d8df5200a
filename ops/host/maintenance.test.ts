import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { maintenance, maintenanceOf, readable, recordMaintenance, refuseUnknown } from "./maintenance.ts";

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
    "::ffff:127.0.0.1",
    "0:0:0:0:0:ffff:7f00:1",
    "1.2.3.4/-1",
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

test("addresses are written as nginx reads them", () =>
  expect(maintenanceOf("", "1:2:3:4:5:6:7:: 2001:DB8::1 10.0.0.0/08").allow).toEqual([
    "1:2:3:4:5:6:7:0",
    "2001:db8::1",
    "10.0.0.0/8",
  ]));

test("a damaged file is one line, and written again", () => {
  const folder = mkdtempSync(join(tmpdir(), "maintenance-"));
  const file = join(folder, "maintenance.json");
  for (const text of ["", "{", "[]", "{}", '"x"', "null", '{"message":"x","allow":[1]}']) {
    writeFileSync(file, text);
    expect(() => maintenance(file)).toThrow(
      "is damaged: make maintenance STATE=on or STATE=off writes it again",
    );
    expect(readable(file)).toBeUndefined();
  }
  rmSync(file);
  mkdirSync(file);
  expect(() => maintenance(file)).toThrow("is damaged");
  recordMaintenance(maintenanceOf("x", ""), file);
  expect(maintenance(file)?.message).toBe("x");
  rmSync(folder, { recursive: true });
});

test("a gateway from before an update is not told of what it does not know", () => {
  expect(() => refuseUnknown(["maintenance.conf"], "include releases.conf;")).toThrow("make reload");
  refuseUnknown(["maintenance.conf"], "    include maintenance.conf; # who");
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
