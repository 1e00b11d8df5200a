// Runs the fault matrix, or the cells whose name contains the argument: bun tests/faults/run.ts [part of a name]
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeUsers } from "../../gateway/passwords.ts";
import { type Cell, type Result, runCell } from "./cell.ts";
import { USERS } from "./clients/requests.ts";
import type { Shared } from "./house.ts";
import { matrix } from "./matrix.ts";

const AT_ONCE = Number(process.env["AT_ONCE"] ?? 24);
const SHOWN = 6; // reasons of one cell

async function share(): Promise<Shared> {
  const dir = mkdtempSync(join(tmpdir(), "faults-"));
  const [certificate, key, passwords] = ["nginx.crt", "nginx.key", "htpasswd"].map((name) =>
    join(dir, name),
  ) as [string, string, string];
  Bun.spawnSync([
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-noenc",
    "-days",
    "1",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost",
    "-keyout",
    key,
    "-out",
    certificate,
  ]);
  const cost = async (password: string) => Bun.password.hash(password, { algorithm: "bcrypt", cost: 4 });
  writeUsers(
    new Map(
      await Promise.all(
        Object.entries(USERS).map(
          async ([name, password]) => [name, { hash: await cost(password), fromSettings: false }] as const,
        ),
      ),
    ),
    passwords,
  );
  return { dir, ca: readFileSync(certificate, "utf8"), tls: { certificate, key }, passwords };
}

function report({ name }: Cell, { requests, wrong }: Result): void {
  if (wrong.length === 0) {
    console.log(`  ok    ${name}: ${requests} requests`);
    return;
  }
  const more = wrong.length > SHOWN ? [`and ${wrong.length - SHOWN} more`] : [];
  console.log(
    [
      `  FAIL  ${name}: ${requests} requests`,
      ...wrong.slice(0, SHOWN),
      ...more,
      `bun tests/faults/run.ts "${name}"`,
    ].join("\n        "),
  );
}

/** Hops by faults: cells, requests, failures. */
function table(done: [Cell, Result][]): void {
  const hops = [...new Set(done.map(([{ hop }]) => hop.name))];
  console.log(
    `\n${"cells/requests/failed".padEnd(32)}${hops.map((hop) => hop.padStart(hop.length + 3)).join("")}`,
  );
  const sum = (rows: [Cell, Result][]) =>
    `${rows.length}/${rows.reduce((n, [, { requests }]) => n + requests, 0)}/${rows.filter(([, { wrong }]) => wrong.length > 0).length}`;
  const line = (title: string, rows: [Cell, Result][]) =>
    console.log(
      `${title.padEnd(32)}${hops.map((hop) => sum(rows.filter(([cell]) => cell.hop.name === hop)).padStart(hop.length + 3)).join("")}`,
    );
  for (const fault of new Set(done.map(([{ fault }]) => fault.name)))
    line(
      fault,
      done.filter(([cell]) => cell.fault.name === fault),
    );
  line("all", done);
}

const only = process.argv[2] ?? "";
const cells = matrix().filter(({ name }) => name.includes(only));
const queue = [...cells.entries()];
const done: [Cell, Result][] = [];
const shared = await share();
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [number, cell] = next;
      const result = await runCell(cell, shared, number);
      report(cell, result);
      done.push([cell, result]);
    }
  }),
);
if (cells.length > 1) table(done);
const failed = done.some(([, { wrong }]) => wrong.length > 0);
if (!process.env["KEEP"]) rmSync(shared.dir, { recursive: true });
else console.log(`kept: ${shared.dir}`);
process.exit(failed || cells.length === 0 ? 1 : 0);
