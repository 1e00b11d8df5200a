// Faults of the log exporter and of the access log. Clients must not notice them.
import { renameSync } from "node:fs";
import type { Cell, Result } from "./cell.ts";
import { readLog, tally, wrongLines } from "./checks/access-log.ts";
import { wrongAnswer } from "./checks/answers.ts";
import { wrongRequests } from "./checks/workers.ts";
import type { Environment } from "./environment.ts";
import { Exporter } from "./exporter.ts";
import type { Exchange } from "./types.ts";

interface LogFault {
  name: string;
  accessLog?: string;
  run: Cell["run"];
}
type Step = (exporter: Exporter, environment: Environment) => void | Promise<void>;

const FLUSHED_MS = 1500; // "flush=1s" in conf.d/10-access-log.conf
const logs = ({ accessLog }: Environment) => readLog(`${accessLog}.1`, accessLog);

async function judge(environment: Environment, sent: Exchange[], wrong: string[]): Promise<Result> {
  await environment.close();
  const asks = new Map(sent.map(({ ask }) => [ask.id, ask]));
  const answers = sent.flatMap((exchange) => {
    const text = wrongAnswer(exchange, undefined, asks);
    return text ? [`${exchange.ask.kind} (${exchange.ask.id}, ${exchange.over}): ${text}`] : [];
  });
  const lines = logs(environment);
  const logged = lines.length > 0 ? wrongLines(lines, sent) : [];
  return {
    requests: sent.length,
    wrong: [...wrong, ...answers, ...wrongRequests(environment.workerLog, asks, false), ...logged],
    tally: tally(readLog(environment.accessLog), sent),
  };
}

interface Scenario {
  broken?: Step;
  restore?: Step;
  /** Requests before `restore` are not counted. */
  missed?: boolean;
  odd?: boolean;
}

/** Traffic before, during and after the fault. */
function scenario({ broken, restore, missed = false, odd = false }: Scenario): Cell["run"] {
  return async (environment) => {
    const exporter = new Exporter(environment.metricsLog);
    try {
      await exporter.start();
      const sent = await environment.clients.all();
      await broken?.(exporter, environment);
      sent.push(...(await environment.clients.all()));
      await Bun.sleep(FLUSHED_MS);
      await restore?.(exporter, environment);
      const before = missed ? logs(environment).length : 0;
      sent.push(...(await (odd ? environment.clients.odd() : environment.clients.all())));
      await Bun.sleep(FLUSHED_MS);
      const wrong = await exporter.counts(tally(logs(environment).slice(before), sent));
      return await judge(environment, sent, wrong);
    } finally {
      await exporter.kill();
    }
  };
}

/** As ops/native/rotate-logs.sh: the exporter is stopped between the rename and the last line written to the old file. */
async function rotate(exporter: Exporter, environment: Environment): Promise<void> {
  exporter.signal("SIGSTOP");
  for (const log of [environment.accessLog, environment.metricsLog]) renameSync(log, `${log}.1`);
  environment.reopenLog();
  await Bun.sleep(200);
  exporter.signal("SIGCONT");
}

export const LOG_FAULTS: readonly LogFault[] = [
  { name: "nothing", run: scenario({}) },
  { name: "odd requests", run: scenario({ odd: true }) },
  {
    name: "gone, and back",
    run: scenario({
      broken: (exporter) => exporter.kill(),
      restore: (exporter) => exporter.start(),
      missed: true,
    }),
  },
  {
    name: "silent",
    run: scenario({
      broken: (exporter) => exporter.signal("SIGSTOP"),
      restore: (exporter) => exporter.signal("SIGCONT"),
    }),
  },
  { name: "log rotated", run: scenario({ broken: rotate }) },
  {
    name: "no space for the log",
    accessLog: "/dev/full",
    run: async (environment) =>
      judge(environment, [...(await environment.clients.all()), ...(await environment.clients.all())], []),
  },
];
