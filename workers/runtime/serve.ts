import { chmodSync, rmSync } from "node:fs";
import { MAX_BODY } from "./body.ts";
import { canaryApp } from "./canary/serve.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { log } from "./log.ts";
import { checkSecrets, reportTemporaryFolder } from "./resources.ts";
import { takeRequestsInBatches } from "./scheduling.ts";
import { readSettings, type Settings } from "./settings.ts";
import { fieldsByRoute } from "./shadow/process.ts";
import { printReport, shadowApp } from "./shadow/serve.ts";

const POLL_MS = 10;
/** How often a preview compares its end with the clock. */
const CHECK_MS = 60_000;

const PREVIEW_ENDED = "the preview has ended: the time of PREVIEW_UNTIL has come";

/** The part of an app that `serve` uses; every app made by `worker()` has it. */
export interface Servable {
  listen(options: Record<string, unknown>): unknown;
  server: Lifecycle["listening"][number] | null;
  readonly event: { start?: unknown };
  /** Resolves once plugins that are promises have added their routes. */
  readonly modules: PromiseLike<unknown>;
  readonly decorator: { lifecycle: Lifecycle };
  readonly routes: Parameters<typeof shadowApp>[0]["routes"];
}

function fail(message: string): never {
  console.error(`error: ${message}`);
  process.exit(1);
}

/** Not ready → wait until the gateway has noticed → stop accepting → finish requests in flight → exit. */
async function drain(lifecycle: Lifecycle, settings: Settings, exitCode?: number): Promise<never> {
  lifecycle.drain();
  log("info", "draining", { delay_ms: settings.drainDelayMs });
  await Bun.sleep(settings.drainDelayMs);
  lifecycle.close();
  const deadline = performance.now() + settings.drainTimeoutMs;
  while (lifecycle.pending > 0 && performance.now() < deadline) await Bun.sleep(POLL_MS);
  log("info", "stopped", { unfinished: lifecycle.pending });
  process.exit(exitCode);
}

/** An error that nothing caught: its request is lost, but not those of other clients. */
function crash(error: unknown, stop: () => void): void {
  const stack = error instanceof Error ? error.stack : `thrown: ${String(error)}`;
  log("error", "uncaught error: the worker stops", { stack });
  process.exitCode = 1;
  stop();
}

/** Calls `end` at a time. A timer's delay is limited, and does not follow a clock that is set or a computer's sleep. */
export function at(time: number, end: () => void): void {
  const left = time - Date.now();
  if (left <= 0) end();
  else setTimeout(() => at(time, end), Math.min(left, CHECK_MS));
}

/**
 * Listens on a unix socket too, as Elysia does on a port, whose server stays the app's; a worker's `onStart` runs once. Who may
 * pass through the socket's folder may connect.
 */
async function listenAt(path: string, app: Servable, limits: object): Promise<void> {
  await app.modules;
  rmSync(path, { force: true }); // of a process that was killed: this one has the port, so no other uses it
  const [{ server }, { start }] = [app, app.event];
  app.event.start = [];
  app.listen({ unix: path, ...limits });
  app.event.start = start;
  chmodSync(path, 0o666);
  const { lifecycle } = app.decorator;
  lifecycle.listening = [...lifecycle.listening, app.server!];
  app.server = server;
}

async function healthcheck(port: number): Promise<never> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  process.exit(answer?.ok ? 0 : 1);
}

/**
 * Serves a worker until SIGTERM, SIGINT or the end of a preview. With `--healthcheck`, checks /readyz of a running one; with
 * `--shadow`, compares its answers with those of another version instead; with `--shadow-report`, prints what that found; with
 * `--canary`, decides which share of its clients another version answers.
 */
export function serve(worker: Servable): void {
  let settings: Settings;
  try {
    settings = readSettings();
  } catch (error) {
    fail((error as RangeError).message);
  }
  const {
    host: hostname,
    port,
    socket,
    idleTimeoutSeconds: idleTimeout,
    previewUntil,
    previewExitCode,
  } = settings;
  if (process.argv.includes("--healthcheck")) {
    void healthcheck(port);
    return;
  }
  if (process.argv.includes("--shadow-report")) {
    void printReport(port);
    return;
  }
  if (previewUntil && previewUntil <= Date.now()) {
    log("info", PREVIEW_ENDED, { until: new Date(previewUntil) });
    process.exit(previewExitCode);
  }
  let app = worker;
  try {
    checkSecrets();
    if (process.argv.includes("--shadow")) app = shadowApp(worker);
    else if (process.argv.includes("--canary")) app = canaryApp();
    else fieldsByRoute(worker); // an invalid x-compare ends the start, not the first shadow
  } catch (error) {
    fail((error as Error).message);
  }
  reportTemporaryFolder();
  const { lifecycle } = app.decorator;
  let stopping = false;
  const stop = (exitCode?: number) => {
    if (!stopping) void drain(lifecycle, settings, exitCode);
    stopping = true;
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop());
  // Until then an error ends the process at once, with Bun's own words.
  void lifecycle.started.then(() => {
    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
      process.on(event, (error: unknown) => crash(error, stop));
    }
  });
  try {
    const limits = { idleTimeout, maxRequestBodySize: MAX_BODY };
    const opened = Promise.withResolvers<void>();
    if (socket) lifecycle.opened = opened.promise;
    app.listen({ hostname, port, reusePort: false, ...limits });
    lifecycle.listening = [app.server!];
    const failed = (error: Error) => fail(`cannot listen on ${socket}: ${error.message}`);
    if (socket) listenAt(socket, app, limits).then(opened.resolve, failed);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") fail(`port ${port} on ${hostname} is taken by another program; set PORT`);
    throw error;
  }
  log("info", "listening", { hostname, port });
  takeRequestsInBatches();
  if (!previewUntil) return;
  at(previewUntil, () => {
    log("info", PREVIEW_ENDED, { until: new Date(previewUntil) });
    stop(previewExitCode);
  });
}
