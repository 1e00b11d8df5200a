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

test("a .env with a password gets mode 600, and one line says so once", () => {
  file("GATEWAY_PASSWORD=strong-password\n", 0o644);
  expect(closeEnvFile(path)).toBe(".env holds a password: mode changed from 644 to 600");
  expect(mode()).toBe(0o600);
  expect(closeEnvFile(path)).toBeUndefined();
});

test("a .env without a password, a missing one and a link stay as they are", () => {
  file("HTTPS_PORT=8443\nGATEWAY_PASSWORD=\n", 0o644);
  expect(closeEnvFile(path)).toBeUndefined();
  expect(mode()).toBe(0o644);
  expect(closeEnvFile(join(dir, "none"))).toBeUndefined();
  file("GATEWAY_PASSWORD=strong-password\n", 0o644);
  symlinkSync(path, join(dir, "link"));
  expect(closeEnvFile(join(dir, "link"))).toBeUndefined();
});

const root = process.getuid?.() === 0;
test.if(root)(
  `another user's .env is reported and stays as it is${root ? "" : " (skipped: not root)"}`,
  () => {
    file("ALERT_WEBHOOK_URL=https://hooks.example.org/secret\n", 0o640);
    chownSync(path, 65534, 65534);
    expect(closeEnvFile(path)).toBe(
      "warning: .env holds a password and has mode 640; as its owner run: chmod 600 .env",
    );
    expect(mode()).toBe(0o640);
  },
);
