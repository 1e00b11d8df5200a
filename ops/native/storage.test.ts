import { afterAll, beforeEach, expect, spyOn, test } from "bun:test";
import { chmodSync, chownSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"; // biome-ignore format: list
import { tmpdir } from "node:os";
import { join } from "node:path";
import { restoreScript, runScript, saveScript } from "../host/backup.ts";
import { mustRun } from "../host/run.ts";
import { asOwner } from "./accounts.ts";
import { giveVolume, moveEntry, removeData } from "./storage.ts";

const root = process.getuid?.() === 0;
const title = (text: string) => `${text}${root ? "" : " (skipped: not root)"}`;
const OWNER = { uid: 64001, gid: 64001 };
const base = mkdtempSync(join(tmpdir(), "storage-"));
chmodSync(base, 0o711);
afterAll(() => rmSync(base, { recursive: true }));

let dir = "";
const at = (name: string) => join(dir, name);
const owned = (name: string) => chownSync(at(name), OWNER.uid, OWNER.gid);
const uidOf = (name: string) => lstatSync(at(name)).uid;
beforeEach(() => {
  dir = mkdtempSync(join(base, "case-"));
  chmodSync(dir, 0o711);
  for (const folder of ["volume", "volume/sub", "backup", "elsewhere"])
    mkdirSync(at(folder), { mode: 0o700 });
  writeFileSync(at("volume/sub/text"), "kept");
  writeFileSync(at("elsewhere/text"), "root's", { mode: 0o600 });
  if (root) for (const name of ["volume", "volume/sub", "volume/sub/text"]) owned(name);
});
const sh = (script: string) => runScript("volume", ["sh", "-ec", script]);

test.if(root)(title("a restore writes what the account may write, and nothing through a link of it"), () => {
  sh(saveScript(at("volume"), at("backup"), "data", asOwner(OWNER)));
  rmSync(at("volume/sub"), { recursive: true });
  // A process of the account places the link between the wipe and the extraction: here, instead of the wipe.
  const restore = restoreScript(at("volume"), at("backup"), "data", asOwner(OWNER));
  symlinkSync(at("elsewhere"), at("volume/sub"));
  expect(() =>
    sh(restore.replace(/rm -rf [^']*/, "true").replace(" -xzp", " -xzp --keep-directory-symlink")),
  ).toThrow();
  expect(readFileSync(at("elsewhere/text"), "utf8")).toBe("root's");
  sh(restore);
  expect(readFileSync(at("volume/sub/text"), "utf8")).toBe("kept");
  expect(uidOf("volume/sub/text")).toBe(OWNER.uid);
  expect(readFileSync(at("elsewhere/text"), "utf8")).toBe("root's");
});

test.if(root)(
  title("a backup with a file that the account may not read fails, and there is no archive"),
  () => {
    writeFileSync(at("volume/root"), "root's", { mode: 0o600 });
    expect(() => sh(saveScript(at("volume"), at("backup"), "data", asOwner(OWNER)))).toThrow(
      "Permission denied",
    );
    expect(existsSync(at("backup/data.tgz"))).toBe(false);
  },
);

test.if(root)(title("a command as the owner has no variable, group or terminal of the caller"), () => {
  const text = mustRun([...asOwner(OWNER), "sh", "-c", "env; id -u; id -G; ps -o tty= -p $$"], {
    env: { GATEWAY_PASSWORD: "hush" },
  });
  expect(text).not.toContain("hush");
  expect(text.split("\n").slice(-3)).toEqual(["64001", "64001", "?"]);
});

/** A folder that its owner may not change, with a file, and a link out of the volume. */
function closeSub(): void {
  symlinkSync(at("elsewhere"), at("volume/sub/link"));
  chmodSync(at("elsewhere"), 0o500);
  chmodSync(at("volume/sub"), 0o500);
}

test("a folder that its owner made read-only is removed, and nothing through a link", () => {
  closeSub();
  removeData(at("volume"));
  expect(existsSync(at("volume"))).toBe(false);
  expect(lstatSync(at("elsewhere")).mode & 0o777).toBe(0o500);
  expect(existsSync(at("elsewhere/text"))).toBe(true);
  chmodSync(at("elsewhere"), 0o700);
});

test.if(root)(title("what the owner cannot remove is a warning"), () => {
  chownSync(at("volume/sub"), 0, 0);
  const said = spyOn(console, "error").mockImplementation(() => undefined);
  removeData(at("volume"));
  expect(said.mock.lastCall?.join()).toStartWith(
    `warning: cannot remove the data of a preview: ${at("volume")}: `,
  );
  said.mockRestore();
  expect(existsSync(at("volume/sub/text"))).toBe(true);
});

const otherFileSystem: typeof renameSync = () => {
  throw Object.assign(new Error("cross-device"), { code: "EXDEV" });
};

test.if(root)(title("on another file system, the folder of an account is copied as that account"), () => {
  mkdirSync(at("all"), { mode: 0o711 });
  renameSync(at("volume"), at("all/volume"));
  symlinkSync(at("elsewhere"), at("all/volume/link"));
  chmodSync(at("all/volume/sub"), 0o500);
  mkdirSync(at("to"), { mode: 0o711 });
  moveEntry(at("all"), at("to/all"), otherFileSystem);
  expect(existsSync(at("all"))).toBe(false);
  expect(readFileSync(at("to/all/volume/sub/text"), "utf8")).toBe("kept");
  for (const name of ["", "/sub", "/sub/text"]) expect(uidOf(`to/all/volume${name}`)).toBe(OWNER.uid);
  expect(lstatSync(at("to/all")).mode & 0o777).toBe(0o711);
  expect(lstatSync(at("to/all/volume/link")).isSymbolicLink()).toBe(true);
  expect(readFileSync(at("elsewhere/text"), "utf8")).toBe("root's");
});

test.if(root)(title("a copy that the account may not make keeps the source"), () => {
  writeFileSync(at("volume/root"), "root's", { mode: 0o600 });
  expect(() => moveEntry(at("volume"), at("to"), otherFileSystem)).toThrow("Permission denied");
  expect(readFileSync(at("volume/sub/text"), "utf8")).toBe("kept");
});

test.if(root)(title("a volume with another owner is given away without what is elsewhere"), () => {
  const next = { uid: 64002, gid: 64002 };
  symlinkSync(at("elsewhere"), at("volume/link"));
  writeFileSync(at("elsewhere/own"), "");
  writeFileSync(at("elsewhere/linked"), "");
  for (const name of ["own", "linked"]) owned(`elsewhere/${name}`);
  linkSync(at("elsewhere/own"), at("volume/hard"));
  writeFileSync(at("volume/root"), "");
  giveVolume(at("volume"), next);
  for (const name of ["volume", "volume/sub", "volume/sub/text"]) expect(uidOf(name)).toBe(next.uid);
  expect([uidOf("elsewhere"), uidOf("elsewhere/text"), uidOf("volume/root")]).toEqual([0, 0, 0]);
  for (const name of ["own", "linked"]) expect(uidOf(`elsewhere/${name}`)).toBe(OWNER.uid);
});

test.if(root)(title("what root wrote in make dev is given to the owner"), () => {
  for (const name of ["root", "sub/root"]) writeFileSync(at(`volume/${name}`), "", { mode: 0o600 });
  mkdirSync(at("volume/folder"));
  const [first, second] = [false, true].map((wrote) => {
    giveVolume(at("volume"), OWNER, wrote);
    return ["root", "sub/root", "folder"].map((name) => uidOf(`volume/${name}`));
  });
  expect(first).toEqual([0, 0, 0]);
  expect(second).toEqual([OWNER.uid, OWNER.uid, OWNER.uid]);
});
