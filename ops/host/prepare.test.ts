import { afterAll, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeEnvFile } from "./prepare.ts";

const dir = mkdtempSync(join(tmpdir(), "env-file-"));
const path = join(dir, ".env");
afterAll(() => rmSync(dir, { recursive: true }));

function file(content: string, mode: number): void {
  writeFileSync(path, content);
  chmodSync(path, mode);
}
const mode = () => statSync(path).mode & 0o777;

test("a .env with a password is closed to others, once, in one line", () => {
  file("GATEWAY_PASSWORD=strong-password\n", 0o644);
  expect(closeEnvFile(path)).toBe(
    ".env holds a password: its mode was 644 and is now 600, for its owner alone",
  );
  expect(mode()).toBe(0o600);
  expect(closeEnvFile(path)).toBeUndefined();
});

test("one without, or none at all, is left alone", () => {
  file("HTTPS_PORT=8443\nGATEWAY_PASSWORD=\n", 0o644);
  expect(closeEnvFile(path)).toBeUndefined();
  expect(mode()).toBe(0o644);
  expect(closeEnvFile(join(dir, "none"))).toBeUndefined();
  file("GATEWAY_PASSWORD=strong-password\n", 0o644);
  symlinkSync(path, join(dir, "link"));
  expect(closeEnvFile(join(dir, "link"))).toBeUndefined();
});

const root = process.getuid?.() === 0;
test.if(root)(`another user's is named and left alone${root ? "" : " (skipped: not root)"}`, () => {
  file("ALERT_WEBHOOK_URL=https://hooks.example.org/secret\n", 0o640);
  chownSync(path, 65534, 65534);
  expect(closeEnvFile(path)).toBe(
    "warning: .env holds a password and has mode 640; as its owner run: chmod 600 .env",
  );
  expect(mode()).toBe(0o640);
});
