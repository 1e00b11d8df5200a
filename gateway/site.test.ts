import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSite } from "./site.ts";

const folder = mkdtempSync(join(tmpdir(), "site-"));
afterAll(() => rmSync(folder, { recursive: true }));
const [pages, built] = [join(folder, "pages"), join(folder, "built")];
mkdirSync(join(pages, "docs"), { recursive: true });

const list = (): unknown => JSON.parse(readFileSync(join(built, "parts/list.json"), "utf8"));

test("routes with a part.js are listed; without parts the list is empty", () => {
  for (const route of ["second", "first", "unfinished"])
    mkdirSync(join(pages, "parts", route), { recursive: true });
  for (const route of ["second", "first"])
    writeFileSync(join(pages, "parts", route, "part.js"), "export {};");
  buildSite(built, pages);
  expect(list()).toEqual(["first", "second"]);

  rmSync(join(pages, "parts"), { recursive: true });
  buildSite(built, pages);
  expect(list()).toEqual([]);
});

test("every text file has a compressed copy", () => {
  buildSite(built);
  for (const file of ["index.html", "assets/page.js", "parts/list.json", "docs/swagger-ui-bundle.js"]) {
    const twin = new Uint8Array(readFileSync(join(built, `${file}.gz`)));
    expect(Buffer.from(Bun.gunzipSync(twin)).equals(readFileSync(join(built, file)))).toBe(true);
  }
});
