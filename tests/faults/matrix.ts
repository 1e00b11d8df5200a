// Every inner hop × every fault × every nginx version.
import { type Cell, type Hop, throughFault } from "./cell.ts";
import { FAULTS } from "./faults.ts";
import { LOG_FAULTS } from "./log-faults.ts";
import { versions } from "./nginx.ts";
import type { Ask } from "./types.ts";

const needs = (ask: Ask) => ask.healthy === 200 && ask.worker !== "";
const needsEcho = (ask: Ask) => needs(ask) && ask.worker === "echo";
const needsOther = (ask: Ask) => needs(ask) && ask.worker !== "echo";
const needsCheck = ({ path, healthy }: Ask) =>
  /^\/(echo|count|append)/.test(path) && (healthy === 200 || healthy === 401);
/** alice is in the auth cache unless the hop clears it; the others never are. */
const known = ({ user }: Ask) => user === "alice";
const needsAnswer = (ask: Ask) => needsCheck(ask) && !known(ask);
/** Without credentials no verifier is asked. */
const needsNew = (ask: Ask) => needsAnswer(ask) && ask.who !== "anonymous";

const verifier = { role: "verifier", spare: false } as const;
const worker = { role: "worker", spare: false } as const;
const HOPS: readonly Hop[] = [
  { ...verifier, name: "gateway → auth.sock", backends: ["auth.sock"], affects: needsAnswer },
  { ...verifier, name: "gateway → verifier-new", backends: ["verifier-new.sock"], affects: needsNew },
  {
    ...verifier,
    name: "gateway → verifier-recent",
    backends: ["verifier-recent.sock"],
    affects: (ask) => needsCheck(ask) && known(ask),
    clearAuthCache: true,
  },
  { ...worker, name: "gateway → echo", backends: ["echo 1", "echo 2"], affects: needsEcho },
  { ...worker, name: "gateway → echo, one of two", backends: ["echo 2"], affects: needsEcho, spare: true },
  {
    ...worker,
    name: "gateway → echo-debug, count, append",
    backends: ["echo-debug 1", "count 1", "append 1", "append 2"],
    affects: needsOther,
  },
  {
    ...worker,
    name: "gateway → append, one of two",
    backends: ["append 2"],
    affects: (ask) => needs(ask) && ask.worker === "append",
    spare: true,
  },
];

export function matrix(): Cell[] {
  return versions().flatMap((version) => {
    const cell = (hop: string, fault: string, run: Cell["run"]): Cell => ({
      name: `${version.name} · ${hop} · ${fault}`,
      version,
      hop,
      fault,
      run,
    });
    return [
      ...HOPS.flatMap((hop) =>
        FAULTS.map((fault) =>
          cell(hop.name, fault.name, (environment) => throughFault(environment, hop, fault)),
        ),
      ),
      ...LOG_FAULTS.map(({ name, accessLog, run }) => ({
        ...cell("gateway → log exporter", name, run),
        ...(accessLog && { accessLog }),
      })),
    ];
  });
}
