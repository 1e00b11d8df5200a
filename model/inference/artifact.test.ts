import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { meta, parseModel, shipped } from "../index.ts";
import { decodeArtifact, encodeArtifact, FORMAT_VERSION } from "./artifact.ts";

const bytes = new Uint8Array(readFileSync(new URL("../artifact/emotion.bin", import.meta.url)));

function altered(change: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy);
  return copy;
}

test("decoding and encoding the artifact gives the same bytes", () => {
  expect(encodeArtifact(decodeArtifact(bytes, meta))).toEqual(bytes);
  if (shipped) expect(bytes.length).toBeLessThanOrEqual(2 * 1024 * 1024);
  expect(parseModel(bytes, meta).version).toBe(meta.version);
});

test.each<[string, Uint8Array, RegExp]>([
  ["nothing", new Uint8Array(0), /truncated: 0 bytes/],
  ["a header alone", bytes.slice(0, 16), /truncated: 16 bytes of/],
  ["one byte short", bytes.slice(0, -1), /truncated/],
  ["one byte long", new Uint8Array([...bytes, 0]), /1 bytes too many/],
  ["a PNG", altered((copy) => copy.set([0x89, 0x50, 0x4e, 0x47])), /wrong magic number/],
  ["a newer format", altered((copy) => copy.set([FORMAT_VERSION + 1], 4)), /newer than this code/],
  ["an older format", altered((copy) => copy.set([0], 4)), /older/],
  ["other labels", altered((copy) => copy.set([meta.labels.length + 1], 6)), /labels, and the JSON lists/],
  ["a huge table", altered((copy) => copy.set([60], 8)), /out of range/],
  ["one flipped weight", altered((copy) => copy.set([copy.at(-1)! ^ 1], copy.length - 1)), /SHA-256/],
])("%s is refused with its reason", (_, broken, reason) => {
  expect(() => parseModel(broken, meta)).toThrow(reason);
});

test("a JSON of another model is refused", () => {
  expect(() => parseModel(bytes, { ...meta, sha256: "0".repeat(64) })).toThrow(/SHA-256/);
  expect(() => parseModel(bytes, { ...meta, labels: meta.labels.slice(1) })).toThrow(/labels, and/);
  const twice = meta.labels.map(() => "a");
  expect(() => parseModel(bytes, { ...meta, labels: twice })).toThrow(/equal labels/);
  expect(() => parseModel(bytes, { ...meta, formatVersion: 9 })).toThrow(/format 9/);
});

test("a parameter that is not a number is refused, even with a matching hash", () => {
  const broken = altered((copy) => new DataView(copy.buffer).setFloat64(16, Number.NaN, true));
  const sha256 = createHash("sha256").update(broken).digest("hex");
  expect(() => parseModel(broken, { ...meta, sha256 })).toThrow(/finite/);
});
