import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { artefact, contents, discard, keep, stored } from "./artefacts.ts";

const base = mkdtempSync(join(tmpdir(), "artefacts-"));
afterAll(() => rmSync(base, { recursive: true }));
const [first, second, third] = ["0123456789ab", "ba9876543210", "cccccccccccc"];

let cases = 0;
/** A store in a folder of its own, and a folder with a built bundle and a package. */
function folders() {
  const [root, built] = ["root", "built"].map((name) => join(base, `${cases}-${name}`)) as [string, string];
  cases++;
  mkdirSync(built);
  writeFileSync(join(built, "own.js"), "code");
  writeFileSync(join(built, "addon.node"), "addon");
  return { root, built, carried: [{ from: join(built, "addon.node"), to: "node_modules/a/addon.node" }] };
}

test("a kept version is whole, and one that is whole is not written again", () => {
  const { root, built } = folders();
  keep({ worker: "own", version: first }, built, ["own.js"], [], root);
  writeFileSync(join(built, "own.js"), "other");
  keep({ worker: "own", version: first }, built, ["own.js"], [], root);
  expect(readFileSync(join(artefact("own", first, root), "own.js"), "utf8")).toBe("code");
  expect(stored(root)).toEqual([{ worker: "own", version: first, bytes: expect.any(Number) }]);
});

test("a damaged version is written again", () => {
  const { root, built } = folders();
  const folder = artefact("own", first, root);
  keep({ worker: "own", version: first }, built, ["own.js"], [], root);
  truncateSync(join(folder, "own.js"));
  expect(contents(folder)).toBeUndefined();
  keep({ worker: "own", version: first }, built, ["own.js"], [], root);
  expect(contents(folder)).toBeDefined();
});

test("a version that a killed command left half-written is not there", () => {
  const { root, built } = folders();
  mkdirSync(`${artefact("own", first, root)}.new`, { recursive: true });
  writeFileSync(join(`${artefact("own", first, root)}.new`, "own.js"), "co");
  expect(stored(root)).toEqual([]);
  keep({ worker: "own", version: first }, built, ["own.js"], [], root);
  expect(readdirSync(join(root, "own"))).toEqual([first]);
});

test("versions share their packages, which go with the last of them", () => {
  const { root, built, carried } = folders();
  for (const version of [first, second]) keep({ worker: "own", version }, built, ["own.js"], carried, root);
  const packages = readdirSync(join(root, "own")).filter((name) => name.startsWith("packages-"));
  expect(packages).toHaveLength(1);
  discard("own", first, root);
  expect(readdirSync(join(root, "own")).sort()).toEqual([second, ...packages].sort());
  expect(contents(artefact("own", second, root))?.packages).toBe(packages[0] ?? "");
  discard("own", second, root);
  expect(existsSync(join(root, "own"))).toBe(false);
});

test("a version whose packages are missing is damaged", () => {
  const { root, built, carried } = folders();
  keep({ worker: "own", version: first }, built, ["own.js"], carried, root);
  const { packages = "" } = contents(artefact("own", first, root)) ?? {};
  rmSync(join(root, "own", packages), { recursive: true });
  expect(contents(artefact("own", first, root))).toBeUndefined();
});

test("damaged versions and foreign files are not kept, and stop nothing", () => {
  const damages: ((folder: string) => void)[] = [
    (folder) => writeFileSync(join(folder, "files.json"), "{"),
    (folder) => writeFileSync(join(folder, "files.json"), "null"),
    (folder) => rmSync(join(folder, "files.json")),
    (folder) => rmSync(join(folder, "own.js")),
    (folder) => truncateSync(join(folder, "own.js"), 1),
    (folder) => {
      rmSync(folder, { recursive: true });
      symlinkSync("nowhere", folder);
    },
    (folder) => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "");
    },
  ];
  for (const damage of damages) {
    const { root, built } = folders();
    for (const version of [first, second, third])
      keep({ worker: "own", version }, built, ["own.js"], [], root);
    symlinkSync("nowhere", join(root, "dangling"));
    writeFileSync(join(root, "file"), "");
    damage(artefact("own", first, root));
    expect(stored(root).map(({ version }) => version)).toEqual([second, third].sort());
    discard("own", second, root);
    expect(readdirSync(join(root, "own"))).toEqual([third]);
    expect(() => keep({ worker: "file", version: first }, built, ["own.js"], [], root)).toThrow(
      "not a folder",
    );
  }
});

/** Mounts a tmpfs of this size; false where that is not allowed. */
function mountSmall(folder: string, size: string): boolean {
  mkdirSync(folder);
  return Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]).exitCode === 0;
}
const probe = join(base, "probe");
const canMount = mountSmall(probe, "4k");
if (canMount) Bun.spawnSync(["umount", probe]);

test.if(canMount)(
  `a full disk is one clear line, and nothing half-written stays${canMount ? "" : " (skipped: no mount)"}`,
  () => {
    const { root, built } = folders();
    mountSmall(root, "64k");
    try {
      keep({ worker: "own", version: first }, built, ["own.js"], [], root);
      writeFileSync(join(built, "own.js"), "x".repeat(100_000));
      const keepSecond = () => keep({ worker: "own", version: second }, built, ["own.js"], [], root);
      expect(keepSecond).toThrow(`no space left on the disk of ${root}: free some, or keep fewer versions`);
      expect(readdirSync(join(root, "own"))).toEqual([first]);
      expect(contents(artefact("own", first, root))).toBeDefined();
    } finally {
      Bun.spawnSync(["umount", root]);
    }
  },
);

test("what is no version is not removed as one", () => {
  const { root, built } = folders();
  keep({ worker: "own", version: first }, built, ["own.js"], [], root);
  for (const version of ["", ".", "..", "../..", first.slice(0, 6)]) discard("own", version, root);
  expect(stored(root)).toHaveLength(1);
});
