type Phase = "starting" | "ready" | "draining";

/** The phase of a worker, for readiness and draining. */
export class Lifecycle {
  phase: Phase = "starting";

  /** Runs the warm-up; the worker is ready only if it succeeds. */
  async start(warmUp: () => unknown): Promise<void> {
    await warmUp();
    if (this.phase === "starting") this.phase = "ready";
  }

  drain(): void {
    this.phase = "draining";
  }
}
