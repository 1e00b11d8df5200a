export type Phase = "starting" | "ready" | "draining";

/** Where a worker stands between start and exit; readiness and the drain read and move it. */
export class Lifecycle {
  phase: Phase = "starting";

  /** Runs the worker's own warm-up; only one that succeeded makes it ready. */
  async start(warmUp: () => unknown): Promise<void> {
    await warmUp();
    if (this.phase === "starting") this.phase = "ready";
  }

  drain(): void {
    this.phase = "draining";
  }
}
