// What a runtime can do, and which one is meant: the one RUNTIME names, the one that runs, or containers where they can run.
import { startedRuntime } from "./host/state.ts";
import { UserError } from "./settings/fail.ts";
import { setting } from "./settings/project.ts";

/** One way to run the project. Its adapter is ops/NAME/index.ts, which exports exactly this. */
export interface Runtime {
  /** In a sentence: "stopping what runs natively". */
  where: string;
  /** Why it cannot run here; undefined when it can. */
  obstacle(): string | undefined;
  isRunning(): boolean;
  /** Returns when everything is ready; run again, it changes only what changed. */
  start(): Promise<void>;
  /** @returns false when nothing ran. */
  stop(): Promise<boolean>;
  /** Rolling replacement of the workers that changed, undone on failure. */
  deploy(): Promise<void>;
  /** Templates, settings, certificate and passwords are read again; no request is lost. */
  reload(): Promise<void>;
  /** Prints every replica. */
  status(): void;
  /** Follows the logs. @returns an exit code. */
  logs(): number | Promise<number>;
  /** Who reads a copy of the password file; undefined when nobody does. */
  users(): UsersCopy | undefined;
  push?(): void;
  backup?(folder: string): Promise<void>;
  restore?(folder: string): Promise<void>;
  /** Opens the dashboards on loopback until it is ended, where they are not published. @returns an exit code. */
  dashboards?(): number;
}

export interface UsersCopy {
  place: string;
  /** Puts the changed file there. */
  publish?(): void;
  /** The command with which a change takes effect, where it cannot be published at once. */
  later?: string;
}

const ADAPTERS = {
  native: () => import("./native/index.ts"),
  compose: () => import("./compose/index.ts"),
  swarm: () => import("./swarm/index.ts"),
} satisfies Record<string, () => Promise<Runtime>>;

export type RuntimeName = keyof typeof ADAPTERS;

export function load(name: RuntimeName): Promise<Runtime> {
  return ADAPTERS[name]();
}

export function all(): Promise<Runtime[]> {
  return Promise.all(Object.values(ADAPTERS).map((adapter) => adapter()));
}

/** Of these, one runs on this machine at a time; any other runs elsewhere and is meant only when RUNTIME names it. */
export function isLocal(name: string): boolean {
  return name === "native" || name === "compose";
}

function isName(name: string): name is RuntimeName {
  return Object.hasOwn(ADAPTERS, name);
}

/** The runtime elsewhere that RUNTIME names. @throws UserError when it is unavailable. */
export async function remote(): Promise<Runtime | undefined> {
  const wish = setting("RUNTIME");
  return isName(wish) && !isLocal(wish) ? available(wish) : undefined;
}

async function available(name: RuntimeName): Promise<Runtime> {
  const runtime = await load(name);
  const obstacle = runtime.obstacle();
  if (obstacle) throw new UserError(`RUNTIME=${name} is unavailable: ${obstacle}`);
  return runtime;
}

/** What the last start on this machine left running, as far as it still does. */
export async function runningRuntime(): Promise<RuntimeName | undefined> {
  if (startedRuntime() === "compose" && (await load("compose")).isRunning()) return "compose";
  return (await load("native")).isRunning() ? "native" : undefined;
}

/** The runtime that a command for something running is meant for; undefined when nothing runs. */
export async function current(): Promise<Runtime | undefined> {
  const elsewhere = await remote();
  if (elsewhere) return elsewhere;
  const name = await runningRuntime();
  return name && load(name);
}

export interface Choice {
  name: RuntimeName;
  /** In words, for the one line that says what was chosen; empty when the user chose. */
  why: string;
}

/** Where a start goes. @throws UserError when RUNTIME names what is unavailable. */
export async function chooseRuntime(): Promise<Choice> {
  const wish = setting("RUNTIME");
  if (isName(wish)) {
    await available(wish);
    return { name: wish, why: "" };
  }
  const now = await runningRuntime();
  if (now) return { name: now, why: "" };
  const obstacle = (await load("compose")).obstacle();
  return obstacle ? { name: "native", why: obstacle } : { name: "compose", why: "a Docker engine answers" };
}

/** A verb that one runtime has and the others lack. */
export async function only<Verb extends "push" | "backup" | "restore" | "dashboards">(verb: Verb) {
  const [run] = (await all()).flatMap((runtime) => runtime[verb] ?? []);
  if (!run) throw new Error(`no runtime has ${verb}`);
  return run;
}
