// Runs the fault matrix, or the cells whose name contains the argument: bun tests/faults/run.ts [part of a name]
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeUsers } from "../../gateway/passwords.ts";
import { type Cell, runCell } from "./cell.ts";
import type { Tally } from "./checks/access-log.ts";
import { USERS } from "./clients/requests.ts";
import type { Shared } from "./environment.ts";
import { count, differences } from "./exporter.ts";
import { matrix } from "./matrix.ts";
import { type Done, print, table } from "./report.ts";

const AT_ONCE = 16;
const REPEATS = 3;

async function share(): Promise<Shared> {
  const dir = mkdtempSync(join(tmpdir(), "faults-"));
  const [certificate, key, passwords] = [
    join(dir, "nginx.crt"),
    join(dir, "nginx.key"),
    join(dir, "htpasswd"),
  ];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  Bun.spawnSync([
    "openssl",
    "req",
    "-x509",
    ...curve,
    "-days",
    "1",
    ...names,
    "-keyout",
    key,
    "-out",
    certificate,
  ]);
  const users = Object.entries(USERS).map(async ([name, password]) => {
    const hash = await Bun.password.hash(password, { algorithm: "bcrypt", cost: 4 }); // a millisecond
    return [name, { hash, fromSettings: false }] as const;
  });
  writeUsers(new Map(await Promise.all(users)), passwords);
  return { dir, ca: readFileSync(certificate, "utf8"), tls: { certificate, key }, passwords };
}

const TICK_MS = 25;
const STALL_MS = 250;
let lastTick = performance.now();
let lastStall = Number.NEGATIVE_INFINITY;
setInterval(() => {
  const now = performance.now();
  if (now - lastTick - TICK_MS > STALL_MS) lastStall = now;
  lastTick = now;
}, TICK_MS).unref();

/** Whether this process stalled for a quarter of a second after `time`: its backends and clients were then late. */
function stalledSince(time: number): boolean {
  return lastStall > time || performance.now() - lastTick - TICK_MS > STALL_MS;
}

const only = process.argv[2] ?? "";
const shared = await share();
const done: (Done & { log: string; version: string })[] = [];
let environments = 0;

/** A failure during a stall of this process is repeated, with fewer cells at once each time. */
async function all(cells: Cell[], atOnce: number, repeats: number): Promise<void> {
  const queue = [...cells];
  const repeated: Cell[] = [];
  const lane = async () => {
    for (let cell = queue.shift(); cell; cell = queue.shift()) {
      const started = performance.now();
      const dir = join(shared.dir, `${environments++}`);
      const result = await runCell(cell, shared, dir);
      if (result.wrong.length > 0 && repeats > 0 && stalledSince(started)) {
        repeated.push(cell);
        continue;
      }
      const { name, hop, fault, version } = cell;
      done.push({ ...result, name, hop, fault, version: version.name, log: join(dir, "metrics.log") });
      print(done.at(-1)!);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  if (repeated.length > 0) await all(repeated, Math.ceil(atOnce / 4), repeats - 1);
}

/** The exporter's counts over the logs of all cells of one nginx version. */
async function total(version: string): Promise<Done> {
  const cells = done.filter((cell) => cell.version === version && existsSync(cell.log));
  const log = join(shared.dir, `${version.replace(" ", "-")}.log`);
  for (const cell of cells) appendFileSync(log, readFileSync(cell.log));
  const sent: Tally = new Map();
  for (const { tally } of cells)
    for (const [key, value] of tally) sent.set(key, (sent.get(key) ?? 0) + value);
  const [hop, fault] = ["gateway → log exporter", "all logs"];
  const wrong = differences(await count(log), sent);
  return { name: `${version} · ${hop} · ${fault}`, hop, fault, requests: 0, wrong, tally: sent };
}

await all(
  matrix().filter(({ name }) => name.includes(only)),
  AT_ONCE,
  REPEATS,
);
for (const version of new Set(done.map(({ version }) => version))) {
  const result = await total(version);
  print(result);
  done.push({ ...result, version, log: "" });
}
if (done.length > 2) table(done);
if (process.env["KEEP"]) console.log(`kept: ${shared.dir}`);
else rmSync(shared.dir, { recursive: true });
process.exit(done.some(({ wrong }) => wrong.length > 0) || done.length === 0 ? 1 : 0);
