// The interface of a runtime, and the choice: RUNTIME, otherwise the running one, otherwise containers where possible.
import type { CanaryState } from "../workers/runtime/canary/contract.ts";
import { startedRuntime } from "./host/state.ts";
import type { Replacing, Running, Stored, Versions, Wanted } from "./host/versions.ts";
import { UserError } from "./settings/fail.ts";
import { setting } from "./settings/project.ts";

/** One way to run the project. Its adapter, ops/NAME/index.ts, exports these members. */
export interface Runtime {
  /** For messages: "stopping the project that runs natively". */
  where: string;
  /** Why it is unavailable here; undefined when it is available. */
  obstacle(): string | undefined;
  isRunning(): boolean;
  /** Builds what the sources of these workers say now and keeps it. One that is kept already stays as it is. */
  build(workers: string[]): Promise<Versions>;
  /** Returns when everything is ready. Idempotent: applies only what changed. */
  start(wanted: Wanted, replacing: Replacing): Promise<void>;
  /** @returns false when nothing ran. */
  stop(): Promise<boolean>;
  /** Replaces workers that run another version or with other settings, one replica at a time; rolls back on failure. */
  deploy(wanted: Wanted, replacing: Replacing): Promise<void>;
  /** Applies templates, settings, certificate and passwords. */
  reload(wanted: Wanted): Promise<void>;
  /** Starts, replaces and ends previews, the shadow and the canary until exactly the wanted ones run. */
  beside?(wanted: Wanted): Promise<void>;
  /** Has the gateway load these published files, and nothing else. No request is lost. */
  publishFiles?(files: Readonly<Record<string, string>>): void;
  /** What the shadow of a worker has counted. @throws Error where it does not answer. */
  shadowReport?(worker: string, key: string): Promise<unknown>;
  /** What the process of this canary has decided; undefined before it began. */
  canaryState?(id: string): CanaryState | undefined;
  /** The gateway's access log since a time in ms, as far as it is kept. */
  accessLog?(since: number): Promise<string>;
  /** The versions that can run without a build. */
  stored(): Stored[];
  running(): Running[];
  /** Removes what is stored of one version. */
  discard(worker: string, version: string): void;
  /** Prints every replica. */
  status(): void;
  /** Follows the logs. @returns an exit code. */
  logs(): number | Promise<number>;
  /** The copy of the password file in use; undefined when there is none. */
  users(): UsersCopy | undefined;
  /** Saves what a start cannot make again: certificate, users, secrets and volumes. */
  backup(folder: string): Promise<void>;
  restore(folder: string): Promise<void>;
  push?(): void;
  /** Serves unpublished dashboards on loopback until interrupted. @returns an exit code. */
  dashboards?(): number;
}

export interface UsersCopy {
  place: string;
  /** Copies the changed file there. */
  publish?(): void;
  /** The command that applies a change, where it cannot be published at once. */
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

/** Only one local runtime runs at a time. A remote one is used only when RUNTIME names it. */
export function isLocal(name: string): boolean {
  return name === "native" || name === "compose";
}

function isName(name: string): name is RuntimeName {
  return Object.hasOwn(ADAPTERS, name);
}

/** The remote runtime that RUNTIME names. */
function remoteName(): RuntimeName | undefined {
  const wish = setting("RUNTIME");
  return isName(wish) && !isLocal(wish) ? wish : undefined;
}

/** @throws UserError when it is unavailable. */
export async function remote(): Promise<Runtime | undefined> {
  const name = remoteName();
  return name && available(name);
}

async function available(name: RuntimeName): Promise<Runtime> {
  const runtime = await load(name);
  const obstacle = runtime.obstacle();
  if (obstacle) throw new UserError(`RUNTIME=${name} is unavailable: ${obstacle}`);
  return runtime;
}

/** The local runtime that runs now. */
export async function runningRuntime(): Promise<RuntimeName | undefined> {
  if (startedRuntime() === "compose" && (await load("compose")).isRunning()) return "compose";
  return (await load("native")).isRunning() ? "native" : undefined;
}

/** The name of the runtime for commands on the running project; undefined when nothing runs. */
export async function currentName(): Promise<RuntimeName | undefined> {
  const name = remoteName();
  if (!name) return runningRuntime();
  await available(name);
  return name;
}

/** The runtime for commands on the running project; undefined when nothing runs. */
export async function current(): Promise<Runtime | undefined> {
  const name = await currentName();
  return name && load(name);
}

interface Choice {
  name: RuntimeName;
  /** The reason to print; empty when RUNTIME or the running project decided. */
  why: string;
}

/** The runtime of a start. @throws UserError when RUNTIME names an unavailable one. */
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

/** A verb that only one runtime implements. */
export async function only<Verb extends "push" | "dashboards">(verb: Verb) {
  const [run] = (await all()).flatMap((runtime) => runtime[verb] ?? []);
  if (!run) throw new Error(`no runtime has ${verb}`);
  return run;
}
