// For tests of the commands on versions: a history on disk, and a runtime in memory that can stop at any step.
import { afterEach, beforeEach, spyOn } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CanaryState } from "../../workers/runtime/canary/contract.ts";
import type { Report } from "../../workers/runtime/shadow/contract.ts";
import { afterwards } from "../host/roll.ts";
import type { Canary, Preview, Running, Shadow, Versions } from "../host/versions.ts";
import type { Runtime } from "../runtime.ts";
import { UserError } from "../settings/fail.ts";
import { type History, openHistory } from "./history.ts";
import type { Release } from "./release.ts";
import { deploy } from "./replace.ts";
import { report } from "./versions.ts";

export const [A, B, C] = ["a", "b", "c"].map((digit) => digit.repeat(12)) as [string, string, string];
const REPLICAS = 2;
export const WORKERS = [
  { name: "own", replicas: REPLICAS },
  { name: "other", replicas: REPLICAS },
];

/** Two workers with two replicas each. A step that `stopsAt` names never ends, as in a process that was killed. */
class Machine {
  sources: Record<string, string> = { own: A, other: A };
  stored = new Set<string>();
  replicas: Record<string, string[]> = {};
  previews: Readonly<Record<string, Preview>> = {};
  shadow?: Shadow | undefined;
  canary?: Canary | undefined;
  /** What the canary's process has decided. */
  decided?: CanaryState;
  /** What it found; undefined: it does not answer. */
  found: Report | undefined;
  steps: string[] = [];
  stopsAt = "";
  failsAt = "";
  /** How often; then it succeeds. */
  failures = Number.POSITIVE_INFINITY;
  /** Whether a deployment that fails restores what ran before. */
  undoes = true;
  /** A worker that a deployment leaves alone: it does not run, or lacks a secret. */
  skipped = "";
  reached = Promise.withResolvers<void>();

  async step(name: string): Promise<void> {
    this.steps.push(name);
    if (name === this.failsAt && this.failures-- > 0) throw new UserError("it does not start");
    if (name !== this.stopsAt) return;
    this.reached.resolve();
    await new Promise(() => undefined);
  }

  async replace(versions: Versions, replacing: (workers: string[]) => void): Promise<void> {
    const outdated = Object.entries(versions).filter(([worker, version]) => {
      const own = this.replicas[worker] ?? [];
      if (worker === this.skipped) return false;
      return own.length < REPLICAS || own.some((each) => each !== version);
    });
    await this.step("before");
    replacing(outdated.map(([worker]) => worker));
    const before = structuredClone(this.replicas);
    try {
      for (const [worker, version] of outdated) {
        if (!this.stored.has(`${worker} ${version}`)) throw new Error(`${worker} ${version} is not stored`);
        for (let i = 0; i < REPLICAS; i++) {
          await this.step(`${worker} ${i}`);
          this.replicas[worker] = [...(this.replicas[worker] ?? [])];
          this.replicas[worker][i] = version;
        }
      }
      await this.step("after");
    } catch (error) {
      if (this.undoes) this.replicas = before;
      throw error;
    }
  }

  runtime = {
    where: "in memory",
    build: async (names: string[]) => {
      await this.step("build");
      const built = names.map((name): [string, string] => [name, this.sources[name] ?? ""]);
      for (const [name, version] of built) this.stored.add(`${name} ${version}`);
      return Object.fromEntries(built);
    },
    start: async ({ versions, previews, shadow, canary }, replacing) => {
      await this.replace(versions, replacing);
      this.previews = previews;
      this.shadow = shadow;
      this.canary = canary;
    },
    deploy: async ({ versions, previews, shadow, canary }, replacing) => {
      await this.replace(versions, replacing);
      await afterwards(() => this.step("afterwards"));
      this.previews = previews;
      this.shadow = shadow;
      this.canary = canary;
    },
    reload: async () => this.step("reload"),
    beside: async ({ previews, shadow, canary }) => {
      await this.step("preview");
      this.shadow = shadow;
      this.canary = canary;
      this.previews = Object.fromEntries(Object.entries(previews).filter(([name]) => name !== this.failsAt));
      if (this.failsAt in previews) throw new Error("it does not start");
      await this.step("previewed");
    },
    stored: () =>
      [...this.stored].map((text) => {
        const [worker = "", version = ""] = text.split(" ");
        return { worker, version, bytes: 1000 };
      }),
    running: () => [
      ...Object.entries(this.replicas).flatMap(([worker, versions]): Running[] =>
        [...Map.groupBy(versions, (version) => version)].map(([version, { length }]) => ({
          worker,
          version,
          replicas: length,
          preview: false,
        })),
      ),
      ...Object.entries(this.previews).map(([worker, { version }]) => ({
        worker,
        version,
        replicas: 1,
        preview: true,
      })),
    ],
    shadowReport: async () => {
      if (!this.found) throw new UserError("it does not answer");
      return this.found;
    },
    canaryState: (id) => (this.decided?.id === id ? this.decided : undefined),
    discard: (worker, version) => void this.stored.delete(`${worker} ${version}`),
  } as Partial<Runtime> as Runtime;
}

export let folder = "";
export let machine = new Machine();
const open = new Set<History>();
export const output = spyOn(console, "log");

export function renew(): void {
  machine = new Machine();
}

/** To be called once in each file: a new machine and history for each test. */
export function inMemory(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "release-"));
    renew();
    process.env["CHECK"] = "no"; // the types of the project are not under test
    output.mockClear().mockImplementation(() => undefined);
  });
  afterEach(() => {
    for (const history of open) history.close();
    open.clear();
    delete process.env["CHECK"];
    rmSync(folder, { recursive: true });
  });
}

/** A command of its own: it reads the history again. */
export async function command<T>(
  run: (release: Release) => T | Promise<T>,
  workers: Release["workers"] = WORKERS,
): Promise<T> {
  const history = openHistory("native", "required", join(folder, "versions.sqlite"));
  open.add(history);
  return run({ runtime: machine.runtime, history, workers });
}

export const said = () => output.mock.calls.flat().join("\n");
export const events = () => command(({ history }) => history.events());
export const both = (version: string) => [version, version];
export const states = async (name = "own") =>
  Object.fromEntries(
    (await command((release) => report(release, name))).versions.map(({ version, state, held }) => [
      version,
      held ? `${state}, held` : state,
    ]),
  );

export async function deployed(version: string, name = "own"): Promise<void> {
  machine.sources[name] = version;
  await command((release) => deploy(release, name));
}

/** Runs a command up to a step and leaves it there. */
export async function killed(at: string, run: (release: Release) => Promise<void>): Promise<void> {
  machine.stopsAt = at;
  machine.reached = Promise.withResolvers();
  void command(run);
  await machine.reached.promise;
  machine.stopsAt = "";
}

export async function failure(run: (release: Release) => Promise<void>): Promise<string> {
  const error: unknown = await command(run).catch((reason: unknown) => reason);
  return error instanceof Error ? error.message : "";
}
