type Phase = "starting" | "ready" | "draining";

/** The phase of a worker, for readiness and draining. */
export class Lifecycle {
  phase: Phase = "starting";
  readonly #started = Promise.withResolvers<void>();
  /** Resolves when the warm-up has ended; never if it fails. */
  readonly started = this.#started.promise;

  /** Runs the warm-up; the worker is ready only if it succeeds. */
  async start(warmUp: () => unknown): Promise<void> {
    await warmUp();
    if (this.phase === "starting") this.phase = "ready";
    this.#started.resolve();
  }

  drain(): void {
    this.phase = "draining";
  }
}
