// start, stop, deploy and reload, one at a time per checkout; status and logs.
import { exclusively, PROJECT } from "./host/lock.ts";
import { closeEnvFile } from "./host/prepare.ts";
import { rememberRuntime } from "./host/state.ts";
import type { Wanted } from "./host/versions.ts";
import { chooseRuntime, current, isLocal, load, type Runtime, remote, runningRuntime } from "./runtime.ts";
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

/** What the sources say now. */
async function fromSources(runtime: Runtime): Promise<Wanted> {
  return { versions: await runtime.build(workers().map(({ name }) => name)), previews: {} };
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
  const runtime = await load(name);
  await runtime.start(await fromSources(runtime), () => undefined);
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
    rememberRuntime(undefined);
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

/** Calls `run` with the running runtime, under the project lock. */
function change(run: (runtime: Runtime) => Promise<void>): Promise<void> {
  return exclusively(PROJECT, async () => {
    validate();
    const runtime = await current();
    if (!runtime) throw new UserError(NOT_RUNNING);
    await run(runtime);
  });
}

export function deploy(): Promise<void> {
  return change(async (runtime) => runtime.deploy(await fromSources(runtime), () => undefined));
}

export function reload(): Promise<void> {
  return change(async (runtime) => {
    await runtime.reload(await fromSources(runtime));
    console.log("gateway reloaded; auth cache cleared");
  });
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
}

export async function logs(): Promise<void> {
  warnOfEnvFile();
  const runtime = await current();
  if (!runtime) throw new UserError(`${NOT_RUNNING} (logs of native mode are in .state/logs)`);
  process.exit(await runtime.logs());
}
