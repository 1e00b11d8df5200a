import { MAX_BODY } from "./body.ts";
import { canaryApp } from "./canary/serve.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { log } from "./log.ts";
import { checkSecrets, reportTemporaryFolder } from "./resources.ts";
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
  readonly server: { pendingRequests: number; stop(closeActive?: boolean): Promise<void> } | null;
  readonly decorator: { lifecycle: Lifecycle };
  readonly routes: Parameters<typeof shadowApp>[0]["routes"];
}

function fail(message: string): never {
  console.error(`error: ${message}`);
  process.exit(1);
}

/** Not ready → wait until the gateway has noticed → stop accepting → finish requests in flight → exit. */
async function drain(app: Servable, settings: Settings, exitCode?: number): Promise<never> {
  app.decorator.lifecycle.drain();
  log("info", "draining", { delay_ms: settings.drainDelayMs });
  await Bun.sleep(settings.drainDelayMs);
  void app.server?.stop(false);
  const deadline = performance.now() + settings.drainTimeoutMs;
  while ((app.server?.pendingRequests ?? 0) > 0 && performance.now() < deadline) await Bun.sleep(POLL_MS);
  log("info", "stopped", { unfinished: app.server?.pendingRequests ?? 0 });
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
  const { host: hostname, port, idleTimeoutSeconds: idleTimeout, previewUntil, previewExitCode } = settings;
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
  let stopping = false;
  const stop = (exitCode?: number) => {
    if (!stopping) void drain(app, settings, exitCode);
    stopping = true;
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop());
  // Until then an error ends the process at once, with Bun's own words.
  void app.decorator.lifecycle.started.then(() => {
    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
      process.on(event, (error: unknown) => crash(error, stop));
    }
  });
  try {
    app.listen({ hostname, port, idleTimeout, reusePort: false, maxRequestBodySize: MAX_BODY });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") fail(`port ${port} on ${hostname} is taken by another program; set PORT`);
    throw error;
  }
  log("info", "listening", { hostname, port });
  if (!previewUntil) return;
  at(previewUntil, () => {
    log("info", PREVIEW_ENDED, { until: new Date(previewUntil) });
    stop(previewExitCode);
  });
}
