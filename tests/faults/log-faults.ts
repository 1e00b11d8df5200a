// What can be wrong with the reader of the access log, or with the log itself. Clients must not notice.
import { renameSync } from "node:fs";
import type { Cell, Result } from "./cell.ts";
import { readLog, tally, wrongLines } from "./checks/access-log.ts";
import { wrongAnswer } from "./checks/answers.ts";
import { wrongRequests } from "./checks/workers.ts";
import { Exporter } from "./exporter.ts";
import type { House } from "./house.ts";
import type { Exchange } from "./types.ts";

interface LogFault {
  name: string;
  accessLog?: string;
  run: Cell["run"];
}
type Step = (exporter: Exporter, house: House) => void | Promise<void>;

const FLUSHED_MS = 1500; // "flush=1s" of conf.d/15-access-log.conf
const logs = ({ accessLog }: House) => readLog(`${accessLog}.1`, accessLog);

async function judge(house: House, sent: Exchange[], wrong: string[]): Promise<Result> {
  await house.close();
  const asks = new Map(sent.map(({ ask }) => [ask.id, ask]));
  const answers = sent.flatMap((exchange) => {
    const text = wrongAnswer(exchange, undefined, asks);
    return text ? [`${exchange.ask.kind} (${exchange.ask.id}, ${exchange.over}): ${text}`] : [];
  });
  const lines = logs(house);
  const logged = lines.length > 0 ? wrongLines(lines, sent) : [];
  return {
    requests: sent.length,
    wrong: [...wrong, ...answers, ...wrongRequests(house.record, asks, false), ...logged],
    tally: tally(readLog(house.accessLog), sent),
  };
}

interface Course {
  broken?: Step;
  heal?: Step;
  /** Nothing is counted of what came before it was healed. */
  missed?: boolean;
  odd?: boolean;
}

/** Traffic, the fault with traffic, and traffic once it is healed. */
function following({ broken, heal, missed = false, odd = false }: Course): Cell["run"] {
  return async (house) => {
    const exporter = new Exporter(house.accessLog);
    try {
      await exporter.start();
      const sent = await house.clients.all();
      await broken?.(exporter, house);
      sent.push(...(await house.clients.all()));
      await Bun.sleep(FLUSHED_MS);
      await heal?.(exporter, house);
      const before = missed ? logs(house).length : 0;
      sent.push(...(await (odd ? house.clients.odd() : house.clients.all())));
      await Bun.sleep(FLUSHED_MS);
      const wrong = await exporter.counts(tally(logs(house).slice(before), sent));
      return await judge(house, sent, wrong);
    } finally {
      await exporter.kill();
    }
  };
}

/** As ops/native/rotate-logs.sh: the exporter stands still between the renaming and the last line written there. */
async function rotate(exporter: Exporter, house: House): Promise<void> {
  exporter.signal("SIGSTOP");
  renameSync(house.accessLog, `${house.accessLog}.1`);
  house.reopenLog();
  await Bun.sleep(200);
  exporter.signal("SIGCONT");
}

export const LOG_FAULTS: readonly LogFault[] = [
  { name: "nothing", run: following({}) },
  { name: "odd requests", run: following({ odd: true }) },
  {
    name: "gone, and back",
    run: following({
      broken: (exporter) => exporter.kill(),
      heal: (exporter) => exporter.start(),
      missed: true,
    }),
  },
  {
    name: "silent",
    run: following({
      broken: (exporter) => exporter.signal("SIGSTOP"),
      heal: (exporter) => exporter.signal("SIGCONT"),
    }),
  },
  { name: "log rotated", run: following({ broken: rotate }) },
  {
    name: "no space for the log",
    accessLog: "/dev/full",
    run: async (house) => judge(house, [...(await house.clients.all()), ...(await house.clients.all())], []),
  },
];
