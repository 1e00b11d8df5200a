import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setting } from "../ops/settings/project.ts";
import { ensureGatewayUser, guessable, hashPassword, readUsers, writeUsers } from "./passwords.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "passwords-"));
  file = join(folder, "secrets/htpasswd");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("users are read as written, and the file is readable by its owner only", async () => {
  const users = new Map([["a.b-c_1", { hash: "$2b$10$x", fromSettings: true }]]);
  writeUsers(users, file);
  expect(readUsers(file)).toEqual(users);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("the user of the settings is created once and keeps its hash", async () => {
  expect(await ensureGatewayUser(file)).toBe(true);
  expect(await ensureGatewayUser(file)).toBe(false);
  expect(readUsers(file).get(setting("GATEWAY_USER"))?.hash).toMatch(/^\$2b\$10\$/);
});

test("a new GATEWAY_USER replaces the former one and no other user", async () => {
  writeUsers(
    new Map([
      ["former", { hash: "x", fromSettings: true }],
      ["alice", { hash: "y", fromSettings: false }],
    ]),
    file,
  );
  await ensureGatewayUser(file);
  expect([...readUsers(file).keys()]).toEqual(["alice", setting("GATEWAY_USER")]);
});

test("the demo password and the user name as password are guessable; hashes of other schemes are skipped", async () => {
  const good = await hashPassword("a long enough one");
  writeUsers(
    new Map([
      ["good", { hash: good, fromSettings: false }],
      ["demo", { hash: await hashPassword("admin"), fromSettings: false }],
      ["same", { hash: await hashPassword("same"), fromSettings: false }],
    ]),
    file,
  );
  expect(await guessable(file)).toEqual(["demo", "same"]);
  writeFileSync(file, "old:$apr1$x$y\n");
  expect(await guessable(file)).toEqual([]);
});
