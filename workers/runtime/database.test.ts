import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "database-"));
afterAll(() => rmSync(folder, { recursive: true }));

const OPEN = `import { database } from "./database.ts";
console.error("opening");
const opened = database("shared.sqlite");
opened.run("CREATE TABLE IF NOT EXISTS notes (text TEXT)");
opened.run("INSERT INTO notes VALUES ('one')");
console.log(opened.query("PRAGMA journal_mode").get().journal_mode);`;

function replica() {
  return Bun.spawn([process.execPath, "-e", OPEN], {
    cwd: import.meta.dir,
    env: { ...process.env, DATA_DIR: folder },
    stdout: "pipe",
    stderr: "pipe",
  });
}

test("replicas open a new database while another one writes it", async () => {
  const writer = new Database(join(folder, "shared.sqlite"));
  writer.run("CREATE TABLE other (text TEXT)");
  writer.run("BEGIN IMMEDIATE"); // not in WAL mode yet: SQLite refuses the change of mode at once
  const replicas = [replica(), replica(), replica()];
  await Promise.all(replicas.map(({ stderr }) => stderr.getReader().read()));
  await Bun.sleep(200);
  writer.run("COMMIT");
  writer.close();
  const modes = replicas.map(({ stdout }) => new Response(stdout).text());
  expect(await Promise.all(modes)).toEqual(replicas.map(() => "wal\n"));
}, 60_000);
