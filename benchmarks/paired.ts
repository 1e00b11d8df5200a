// bun benchmarks/paired.ts OTHER: CPU time, rate and latency of a request to this project and to the one in the folder OTHER, for
// example the version before a change. Both run natively on ports of their own, with RATE_LIMIT=999999r/s and
// RATE_BURST=999999 in .env. Sends the documented example of WORKER (default: the first of compose.yaml) or the lines of BODIES.
// At the end it reloads and restarts both, for the slowest answers of the first seconds. Fewer than six rounds give no interval.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { basicAuth } from "../ops/host/gateway-client.ts";
import { main, UserError } from "../ops/settings/fail.ts";
import { ROOT } from "../ops/settings/project.ts";
import { target as documentedTarget } from "../tests/lib/target.ts";
import { children, cpuMeter } from "./lib/process.ts";
import { medianInterval, spread } from "./lib/statistics.ts";
import { type Client, load, type Target } from "./lib/wrk.ts";

const [ROUNDS, SECONDS] = [Number(process.env["ROUNDS"] || 8), Number(process.env["ROUND_SECONDS"] || 3)];
const CONNECTIONS = 16;
/** Connections of a load at half of the rate: enough that none waits for another's answer. */
const MANY = 64;
const FIRST_SECONDS = 3;

interface Project {
  dir: string;
  running: { name: string; pid: number }[];
  settings: Record<string, string>;
  pm2: string;
}

/** Asks the project itself: it may have another version. */
function read(dir: string): Project {
  const script = `import { PM2_HOME } from "./ops/native/paths.ts"; import { running } from "./ops/native/pm2.ts"; import { settings } from "./ops/settings/project.ts"; console.log(JSON.stringify({ running: running(), settings, pm2: PM2_HOME }))`;
  const { stdout, exitCode } = Bun.spawnSync([process.execPath, "-e", script], { cwd: dir });
  const project = exitCode === 0 ? JSON.parse(stdout.toString()) : { running: [] };
  if (project.running.length === 0) throw new UserError(`${dir} does not run natively: make start-project`);
  return { dir, ...project };
}

const GROUPS = ["gateway", "workers", "log exporter", "process manager"] as const;
type Figures = Record<(typeof GROUPS)[number] | "sum" | "requests/s" | "p50 ms" | "p99 ms", number>;

/** CPU meters of the processes that a request needs. */
function meters({ running, pm2 }: Project, worker: string): (() => number)[] {
  const of = (wanted: (name: string) => boolean) =>
    running.flatMap(({ name, pid }) => (wanted(name) ? [pid, ...children(pid)] : []));
  const groups = [
    of((name) => name === "gateway" || name.startsWith("verifier-")),
    of((name) => name.startsWith(`${worker}-`)),
    of((name) => name === "log-exporter"),
    [Number(readFileSync(join(pm2, "pm2.pid"), "utf8"))],
  ];
  return groups.map(cpuMeter);
}

const ratio = (ours: number[], theirs: number[], show = (n: number) => n.toFixed(2)) => {
  const { median, min, max } = medianInterval(ours.map((value, i) => value / theirs[i]!));
  return `${show(median)} (${show(min)}–${show(max)})`;
};
const row = (cells: unknown[]) => console.log(`| ${cells.join(" | ")} |`);

await main(async () => {
  if (!process.argv[2]) throw new UserError("name the folder of the other project");
  const projects = [ROOT, resolve(process.argv[2])];
  for (const { dir, settings } of projects.map(read))
    if (Number.parseInt(settings["RATE_LIMIT"]!, 10) < 100_000)
      throw new UserError(
        `the rate limit of ${dir} is on: RATE_LIMIT=999999r/s and RATE_BURST=999999 in .env`,
      );
  mkdirSync(join(ROOT, "test-output"), { recursive: true });
  const { worker, path, body, headers } = await documentedTarget(process.env["WORKER"] || undefined);
  const bodies = process.env["BODIES"] ?? join(ROOT, "test-output/paired-bodies.jsonl");
  if (!process.env["BODIES"]) writeFileSync(bodies, `${JSON.stringify(body)}\n`);
  const asked = ({ dir, settings }: Project): [Target, Client] => [
    { name: dir, url: `https://localhost:${settings["HTTPS_PORT"]}${path}`, headers, pids: () => [] },
    {
      bodies,
      authorization: basicAuth(settings["GATEWAY_USER"]!, settings["GATEWAY_PASSWORD"]!),
      connections: CONNECTIONS,
    },
  ];

  const round = (dir: string): Figures => {
    const project = read(dir);
    const cpu = meters(project, worker);
    const { requests, rate, p50, p99 } = load(asked(project)[0], SECONDS, asked(project)[1]);
    const used = cpu.map((meter) => (1e6 * meter()) / requests);
    const groups = Object.fromEntries(GROUPS.map((group, i) => [group, used[i]]));
    const sum = used.reduce((a, b) => a + b, 0);
    return { ...groups, sum, "requests/s": rate, "p50 ms": p50, "p99 ms": p99 } as Figures;
  };
  for (const dir of projects) round(dir); // warm up
  const results: [Figures[], Figures[]] = [[], []];
  for (let i = 0; i < ROUNDS; i++)
    for (const k of i % 2 ? [1, 0] : [0, 1]) results[k]!.push(round(projects[k]!));
  const figures = Object.keys(results[0][0]!) as (keyof Figures)[];
  row(["CPU µs a request, full load", "this", "other", "ratio (95 % interval)"]);
  row(Array(4).fill("---"));
  for (const figure of figures) {
    const [ours, theirs] = results.map((all) => all.map((one) => one[figure])) as [number[], number[]];
    row([figure, spread(ours).median.toFixed(1), spread(theirs).median.toFixed(1), ratio(ours, theirs)]);
  }

  const half = spread(results[1].map((one) => one["requests/s"])).median / 2;
  const calm = (dir: string, seconds: number) => {
    const [target, client] = asked(read(dir));
    return load(target, seconds, { ...client, connections: MANY, pauseMs: (MANY * 1000) / half });
  };
  console.log(`\nAt ${Math.round(half)} requests/s, half of the other's capacity, milliseconds:\n`);
  row(["", "this p50 / p99 / max", "other p50 / p99 / max", "p99, ratio"]);
  row(Array(4).fill("---"));
  const latency = (what: string, rounds: number, prepare: (dir: string) => void) => {
    const all = projects.map(() => [] as ReturnType<typeof load>[]);
    for (let i = 0; i < rounds; i++)
      for (const k of i % 2 ? [1, 0] : [0, 1]) {
        prepare(projects[k]!);
        all[k]!.push(calm(projects[k]!, FIRST_SECONDS));
      }
    const show = (list: ReturnType<typeof load>[]) =>
      (["p50", "p99", "max"] as const)
        .map((each) => spread(list.map((one) => one[each])).median.toFixed(1))
        .join(" / ");
    const [ours, theirs] = all.map((list) => list.map(({ p99 }) => p99)) as [number[], number[]];
    row([what, show(all[0]!), show(all[1]!), ratio(ours, theirs)]);
  };
  const make = (command: string) => (dir: string) => {
    const { exitCode, stderr } = Bun.spawnSync(["make", command], { cwd: dir });
    if (exitCode !== 0) throw new UserError(`${dir}: make ${command} failed: ${stderr.toString()}`);
  };
  latency("steady", ROUNDS, () => undefined);
  latency(`the first ${FIRST_SECONDS} s after a reload`, 4, make("reload"));
  latency(`the first ${FIRST_SECONDS} s after a start`, 4, make("restart-project"));
});
