// Removes and starts processes through pm2's API: a line of standard input has [names to remove, processes to start], the
// answer on standard output what runs then, or an error. One program for all calls, because pm2's own command loads for
// 200 ms each time; apart from its caller, because pm2 passes the environment of its caller to what it starts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pm2 from "pm2";

// pm2 starts its daemon, where that was killed, with the program that runs this file.
process.execPath = Bun.which("node") ?? "node";

const caller = process.ppid;

type Request = [remove: string[], start: pm2.StartOptions[]];

function call<T>(run: (done: (error: Error | null, result?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) =>
    run((error, result) => (error ? reject([error].flat()[0]) : resolve(result))),
  );
}

const list = async () => (await call<pm2.ProcessDescription[]>((done) => pm2.list(done))) ?? [];

async function answer([remove, apps]: Request) {
  if (remove.length > 0) {
    const present = new Set((await list()).map(({ name }) => name));
    const found = remove.filter((name) => present.has(name));
    await Promise.all(found.map((name) => call((done) => pm2.delete(name, done))));
  }
  // The next command decides what to start where this one's was killed meanwhile.
  if (!existsSync(`/proc/${caller}`)) process.exit(1);
  // Several processes, as in a configuration file: the types do not have it.
  if (apps.length > 0) await call((done) => pm2.start({ apps } as pm2.StartOptions, done));
  return (await list()).map(({ name, pid, pm_id, pm2_env }) => ({
    name,
    pid,
    id: pm_id,
    status: pm2_env?.status,
    restarts: pm2_env?.restart_time,
    version: (pm2_env as { WORKER_VERSION?: string } | undefined)?.WORKER_VERSION,
  }));
}

const PID_FILE = join(process.env["PM2_HOME"] ?? "", "pm2.pid");
/** A new daemon answers before it writes its pid. */
const MISSED = 8;

/** Rejects when pm2's daemon ends: its answer would not come. */
function whileRunning<T>(work: Promise<T>): Promise<T> {
  let missed = 0;
  const { promise, reject } = Promise.withResolvers<T>();
  const timer = setInterval(() => {
    const runs = existsSync(PID_FILE) && existsSync(`/proc/${readFileSync(PID_FILE, "utf8").trim()}`);
    missed = runs ? 0 : missed + 1;
    if (missed > MISSED) reject(new Error("its daemon was killed"));
  }, 250);
  return Promise.race([work, promise]).finally(() => clearInterval(timer));
}

for await (const line of console) {
  if (!line) continue; // the end of the input
  try {
    await call((done) => pm2.connect(done)); // starts a daemon in place of a killed one
    const result = await whileRunning(answer(JSON.parse(line) as Request));
    console.log(JSON.stringify({ result }));
  } catch (error) {
    console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  }
  pm2.disconnect();
}
process.exit(0);
