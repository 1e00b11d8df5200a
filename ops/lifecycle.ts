// start, stop, deploy, reload and the commands on versions, one at a time per checkout; status and logs.
import { exclusively, PROJECT } from "./host/lock.ts";
import { inMaintenance } from "./host/maintenance.ts";
import { closeEnvFile } from "./host/prepare.ts";
import { rememberRuntime } from "./host/state.ts";
import { canary as canaryLive, endCanary, forgetCanary } from "./release/canary.ts";
import { reportCanary } from "./release/canary-report.ts";
import { experiment as compareLive } from "./release/experiment.ts";
import { openHistory, type Use } from "./release/history.ts";
import { endPreviews, preview as previewSources } from "./release/preview.ts";
import type { Release } from "./release/release.ts";
import {
  deploy as deploySources,
  endHolds,
  reload as reloadLive,
  start as startSources,
} from "./release/replace.ts";
import { hold, rollback as rollBack } from "./release/rollback.ts";
import { beginRelease, finishRelease, follow } from "./release/rollout.ts";
import { endShadow, reportShadow, shadow as shadowLive } from "./release/shadow.ts";
import { printVersions } from "./release/versions.ts";
import {
  chooseRuntime,
  current,
  currentName,
  isLocal,
  load,
  type Runtime,
  type RuntimeName,
  remote,
  runningRuntime,
} from "./runtime.ts";
import { UserError } from "./settings/fail.ts";
import { envProblem, setting, workers } from "./settings/project.ts";
import { validateNames } from "./settings/unknown.ts";
import { validateSettings } from "./settings/validate.ts";

const NOT_RUNNING = "not running: make start-project";
const TITLES: Record<string, string> = { native: "native processes", compose: "containers" };

/** @throws UserError for invalid or misspelt settings, before anything changes; prints what has no effect. */
function validate(): void {
  validateSettings();
  for (const line of validateNames()) console.error(`warning: ${line}`);
}

/** Calls `run` with a runtime and the history of its versions. */
async function released(
  name: RuntimeName,
  use: Use,
  run: (release: Release) => Promise<void> | void,
): Promise<void> {
  const runtime = await load(name);
  const history = openHistory(name, use);
  try {
    await run({ runtime, history, workers: workers() });
  } finally {
    history.close();
  }
}

async function startLocked(): Promise<void> {
  validate();
  const closed = closeEnvFile();
  if (closed) console.log(closed);
  const { name, why } = await chooseRuntime();
  if (why) console.log(`runtime: ${TITLES[name]}, because ${why}`);
  if (isLocal(name)) {
    const before = await runningRuntime();
    if (before && before !== name) {
      const other = await load(before);
      console.log(`stopping the project that runs ${other.where}`);
      await other.stop();
    }
    rememberRuntime(name);
  }
  await released(name, "optional", startSources);
  if (isLocal(name)) sayMaintenance();
}

function sayMaintenance(): void {
  const said = inMaintenance();
  if (said) console.log(said);
}

function warnOfEnvFile(): void {
  if (envProblem) console.error(`warning: ${envProblem}; the default settings are used`);
}

/** Stops every local runtime, also when .env cannot be read. */
async function stopLocked(): Promise<void> {
  warnOfEnvFile();
  const elsewhere = await remote();
  const stopped: boolean[] = [];
  if (elsewhere) {
    stopped.push(await elsewhere.stop());
  } else {
    const containers =
      envProblem !== undefined || setting("RUNTIME") === "compose" || (await runningRuntime()) === "compose";
    if (containers) stopped.push(await (await load("compose")).stop());
    stopped.push(await (await load("native")).stop());
  }
  console.log(stopped.includes(true) ? "stopped" : "not running: nothing to stop");
}

export function start(): Promise<void> {
  return exclusively(PROJECT, startLocked);
}

export function stop(): Promise<void> {
  return exclusively(PROJECT, stopLocked);
}

/** Validates first, so that nothing is stopped that cannot start again. */
export function restart(): Promise<void> {
  validateSettings();
  validateNames();
  return exclusively(PROJECT, async () => {
    await stopLocked();
    await startLocked();
  });
}

/** Calls `run` with the running runtime, under the project lock; while nothing runs, `stopped` with that of a start. */
function change(
  run: (release: Release) => Promise<void>,
  { use = "required", stopped }: { use?: Use; stopped?: (release: Release) => void } = {},
): Promise<void> {
  return exclusively(PROJECT, async () => {
    validate();
    const name = await currentName();
    if (name) await released(name, use, run);
    else if (stopped) await released((await chooseRuntime()).name, use, stopped);
    else throw new UserError(NOT_RUNNING);
  });
}

/** @param name the worker; empty: all. */
export function deploy(name = ""): Promise<void> {
  return change((release) => deploySources(release, name), {
    stopped: (release) => endHolds(release, name),
  });
}

export function rollback(name = "", to = ""): Promise<void> {
  return change((release) => rollBack(release, name, to), {
    stopped: (release) => hold(release, name, to),
  });
}

export function preview(name = "", data = ""): Promise<void> {
  return change((release) => previewSources(release, name, data));
}

export function previewEnd(name = ""): Promise<void> {
  return change((release) => endPreviews(release, name));
}

/** @param args --json and the name of a worker. Without the lock: it also shows what a running command does. */
export async function versions(...args: string[]): Promise<void> {
  const [name = ""] = args.filter((arg) => arg !== "--json");
  const runtime = (await currentName()) ?? (await chooseRuntime()).name;
  await released(runtime, "read", (release) => printVersions(release, name, args.includes("--json")));
}

/** Arguments as given to make; empty: as it is, or the default. */
export function shadow(from = "", to = "", sample = "", route = "", noise = "", keep = ""): Promise<void> {
  return change((release) => shadowLive(release, { from, to, sample, route, noise, keep }));
}

export function shadowReport(...args: string[]): Promise<void> {
  return read((release) => reportShadow(release, args.includes("--json")));
}

export function shadowStop(): Promise<void> {
  return change(endShadow);
}

/** Calls `run` with the running runtime. It changes nothing, so it needs no lock. */
async function read(run: (release: Release) => Promise<void> | void): Promise<void> {
  const runtime = await currentName();
  if (!runtime) throw new UserError(NOT_RUNNING);
  await released(runtime, "read", run);
}

/** Arguments as given to make; empty: the default. */
export function canary(from = "", to = "", steps = "", time = "", onTimeout = "", agree = "", sample = "") {
  return change((release) => canaryLive(release, { from, to, steps, time, onTimeout, agree, sample }));
}

export function canaryStatus(...args: string[]): Promise<void> {
  return read((release) => reportCanary(release, args.includes("--json")));
}

export function canaryAbort(): Promise<void> {
  return change(endCanary, { stopped: forgetCanary });
}

/** The lock is free while the canary decides. */
export async function release(name = "", steps = "", time = "", onTimeout = "", agree = "", sample = "") {
  let begun = false;
  await change(async (each) => {
    begun = await beginRelease(each, name, { steps, time, onTimeout, agree, sample });
  });
  if (!begun) return;
  await read(follow);
  await change((each) => finishRelease(each, name));
}

export function experiment(a = "", b = "", split = "", effect = ""): Promise<void> {
  return read((each) => compareLive(each, { a, b, split, effect }));
}

export function reload(): Promise<void> {
  return change(
    async (release) => {
      await reloadLive(release);
      console.log("gateway reloaded; auth cache cleared");
    },
    { use: "optional" },
  );
}

/** The running runtime, otherwise the one that a start would choose. */
async function withState(run: (runtime: Runtime) => Promise<void>): Promise<void> {
  return exclusively(PROJECT, async () => {
    const running = await current();
    if (running) return run(running);
    const { name, why } = await chooseRuntime();
    if (why) console.log(`runtime: ${TITLES[name]}, because ${why}`);
    await run(await load(name));
  });
}

export function backup(folder = ""): Promise<void> {
  return withState((runtime) => runtime.backup(folder));
}

export function restore(folder = ""): Promise<void> {
  return withState((runtime) => runtime.restore(folder));
}

export async function status(): Promise<void> {
  warnOfEnvFile();
  const runtime = await current();
  if (runtime) runtime.status();
  else console.log(NOT_RUNNING);
  if (!runtime || runtime.publishFiles) sayMaintenance();
}

export async function logs(): Promise<void> {
  warnOfEnvFile();
  const runtime = await current();
  if (!runtime) throw new UserError(`${NOT_RUNNING} (logs of native mode are in .state/logs)`);
  process.exit(await runtime.logs());
}
