import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Change } from "./events.ts";
import { type History, openHistory, type Use } from "./history.ts";

const SOURCE = { commit: "0".repeat(40), dirty: true, user: "me" };
const change = (version: string): Change => ({ kind: "deploy", worker: "own", version, previous: "" });

let folder = "";
let path = "";
const open = new Set<History>();
const warnings = spyOn(console, "error");
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "history-"));
  path = join(folder, "state/versions.sqlite");
  warnings.mockClear().mockImplementation(() => undefined);
});
afterEach(() => {
  for (const history of open) history.close();
  open.clear();
  rmSync(folder, { recursive: true });
});

function history(use: Use = "required", runtime = "native"): History {
  const opened = openHistory(runtime, use, path);
  open.add(opened);
  return opened;
}

const said = () => warnings.mock.calls.flat().join("\n");
const write = (content: string | Uint8Array) => {
  mkdirSync(join(folder, "state"), { recursive: true });
  writeFileSync(path, content);
};

test("what one process writes, another reads; each runtime has its own events", () => {
  const preview: Change = { ...change("b"), kind: "preview", until: 5, sharesData: true };
  const [first = 0] = history().begin([change("a"), preview], SOURCE);
  history().finish([first], "failed", "no\nsecond line");
  const [deployed, previewed] = history().events();
  expect(deployed).toMatchObject({ ...change("a"), ...SOURCE, outcome: "failed", reason: "no" });
  expect(previewed).toMatchObject({ ...preview, ...SOURCE });
  expect(previewed?.outcome).toBeUndefined();
  expect(history("required", "compose").events()).toEqual([]);
});

test("a user's name and a reason have no control characters, also in a file that was written before", () => {
  const forged = "me\n\u001b[31mroot\u202e";
  const [id = 0] = history().begin([change("a")], { ...SOURCE, user: forged });
  history().finish([id], "failed", "no\u001b[0m");
  expect(new Database(path).query("SELECT user FROM events").get()).toEqual({ user: "me??[31mroot?" });
  new Database(path).run("UPDATE events SET user = ?", [forged]);
  expect(history().events()[0]).toMatchObject({ user: "me??[31mroot?", reason: "no?[0m" });
});

test("the file is for its owner only, also if it was not before", () => {
  history();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  chmodSync(path, 0o644);
  history();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("an event without outcome is interrupted once it is settled", () => {
  history().begin([change("a")], SOURCE);
  const [second = 0] = history().begin([change("b")], SOURCE);
  history().finish([second], "ok");
  const outcomes = () =>
    history()
      .events()
      .map(({ outcome }) => outcome);
  expect(outcomes()).toEqual([undefined, "ok"]);
  history().settle();
  expect(outcomes()).toEqual(["interrupted", "ok"]);
});

const damages: [string, () => void][] = [
  ["another format", () => write("not a database, but long enough to have a header of some kind".repeat(20))],
  [
    "another schema",
    () => {
      mkdirSync(join(folder, "state"));
      new Database(path).run("PRAGMA user_version = 1");
    },
  ],
  [
    "overwritten pages",
    () => {
      const before = history();
      before.begin(
        Array.from({ length: 200 }, (_, i) => change(String(i))),
        SOURCE,
      );
      const bytes = readFileSync(path);
      write(Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xff)]));
    },
  ],
];
test.each(damages)("%s: the file is moved aside with a warning, and a new one is used", (_, damage) => {
  damage();
  expect(history("read").events()).toEqual([]);
  expect(readdirSync(join(folder, "state"))).toEqual(["versions.sqlite"]);
  expect(said()).toContain("versions.sqlite is damaged (");
  const again = history();
  again.begin([change("a")], SOURCE);
  expect(said()).toContain("moved to ");
  expect(history().events()).toHaveLength(1);
  expect(readdirSync(join(folder, "state")).filter((name) => name.includes(".damaged-"))).toHaveLength(1);
});

const NEWER = "was written by a newer version of this project: update the sources, or move it away";
test("a file of a newer version is left as it is: a command that needs it ends, a start goes on", () => {
  history();
  new Database(path).run("PRAGMA user_version = 4");
  expect(() => history()).toThrow(NEWER);
  history("optional").begin([change("a")], SOURCE);
  expect(said()).toContain(`${NEWER}; continuing without it`);
  expect(readdirSync(join(folder, "state"))).toEqual(["versions.sqlite"]);
});

test("a folder in its place is named", () => {
  mkdirSync(path, { recursive: true });
  expect(() => history()).toThrow("versions.sqlite is not a file: move it away");
});

// root may write everything
test.skipIf(process.getuid?.() === 0)("a file that cannot be written", () => {
  history();
  chmodSync(path, 0o000);
  expect(() => history()).toThrow("make it and its folder writable");
});

/** A file system of this size; undefined without the right to mount one. */
function smallDisk(bytes: number): string | undefined {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const { success } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${bytes}`, "none", disk]);
  return success ? disk : undefined;
}

test("a full disk: nothing is recorded in part, what is recorded stays, and a start goes on", () => {
  const disk = smallDisk(64 * 1024);
  if (!disk) return console.log("skipped: no right to mount a file system");
  try {
    path = join(disk, "versions.sqlite");
    const required = history();
    required.begin([change("a")], SOURCE);
    const free = 64 * 1024 - statSync(path).size;
    writeFileSync(join(disk, "other"), Buffer.alloc(Math.floor(free / 4096) * 4096));
    const many = Array.from({ length: 100 }, () => change("b"));
    expect(() => required.begin(many, SOURCE)).toThrow(
      /versions\.sqlite cannot be written \(.*\): free some space/,
    );
    expect(required.events().map(({ version }) => version)).toEqual(["a"]);
    history("optional").begin(many, SOURCE);
    expect(said()).toContain("what this command does is not recorded");
    rmSync(join(disk, "other"));
    required.begin([change("c")], SOURCE);
    expect(required.events().map(({ version }) => version)).toEqual(["a", "c"]);
    required.close();
  } finally {
    for (const each of open) each.close();
    Bun.spawnSync(["umount", "-l", disk]);
  }
  expect(existsSync(disk)).toBe(true);
});
