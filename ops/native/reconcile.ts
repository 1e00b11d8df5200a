import { existsSync, readFileSync } from "node:fs";
import { replaceFile } from "../host/state.ts";
import { PROCESS_FILE } from "./paths.ts";
import { change, currentProcesses, type Process, type Running } from "./pm2.ts";

export interface Changes {
  start: Process[];
  remove: string[];
}

/** The changes after which exactly `wanted` runs. */
export function plan(wanted: Process[], before: Process[], online: ReadonlySet<string>): Changes {
  const known = new Map(before.map((process) => [process.name, JSON.stringify(process)]));
  const names = new Set(wanted.map(({ name }) => name));
  const changed = wanted.filter((p) => online.has(p.name) && known.get(p.name) !== JSON.stringify(p));
  return {
    start: wanted.filter((p) => !online.has(p.name) || known.get(p.name) !== JSON.stringify(p)),
    remove: [...[...online].filter((name) => !names.has(name)), ...changed.map(({ name }) => name)],
  };
}

/** The processes as they were last started. */
export function known(): Process[] {
  return existsSync(PROCESS_FILE) ? JSON.parse(readFileSync(PROCESS_FILE, "utf8")).apps : [];
}

/** Mode 600: the environments hold the workers' secrets. */
function remember(list: Process[]): void {
  replaceFile(PROCESS_FILE, JSON.stringify({ apps: list }, null, 2), 0o600);
}

/** Stops one process, after its drain, and removes its declaration. */
export async function remove(name: string): Promise<void> {
  await change([name], []);
  remember(known().filter((each) => each.name !== name));
}

/**
 * Starts one process; one with the same name is stopped first. Declared as pending meanwhile: when this command is killed
 * half-way, the next one sees that the process may be another. @returns what runs then.
 */
export async function apply(process: Process): Promise<Running[]> {
  const { pending: _, ...next } = process as Process & { pending?: true };
  const declare = (one: Process) => remember([...known().filter(({ name }) => name !== one.name), one]);
  declare({ ...next, pending: true } as Process);
  const list = await change([next.name], [next]);
  declare(next);
  return list;
}

/** One line per kind of change. */
export function summary({ start, remove }: Changes, reloaded: readonly string[] = []): string[] {
  const started = new Set(start.map(({ name }) => name));
  const gone = new Set(remove);
  const kinds: [string, readonly string[]][] = [
    ["stopped", remove.filter((name) => !started.has(name))],
    ["started", [...started].filter((name) => !gone.has(name))],
    ["replaced", remove.filter((name) => started.has(name))],
    ["reloaded", reloaded],
  ];
  return kinds.filter(([, names]) => names.length > 0).map(([kind, names]) => `${kind}: ${names.join(", ")}`);
}

/** Starts, replaces and removes processes until `wanted` runs. @returns the changes. */
export async function reconcile(wanted: Process[]): Promise<Changes> {
  const before = known();
  const list = await currentProcesses();
  const online = new Set(list.filter(({ status }) => status === "online").map(({ name }) => name));
  const dead = list.filter(({ status }) => status !== "online").map(({ name }) => name);
  const changes = plan(wanted, before, online);
  const remove = [...new Set([...changes.remove, ...dead])];
  if (remove.length > 0) await change(remove, []);
  remember(wanted);
  if (changes.start.length > 0) await change([], changes.start);
  return { start: changes.start, remove };
}
