type Phase = "starting" | "ready" | "draining";

/** What a worker needs of Bun's server. */
interface Listening {
  readonly pendingRequests: number;
  stop(closeActive?: boolean): Promise<void>;
}

/** The phase of a worker, for readiness and draining, and where it listens. */
export class Lifecycle {
  phase: Phase = "starting";
  /** Its port and its socket, once it listens. */
  listening: readonly Listening[] = [];
  /** Listening on the socket; without one it is nothing to wait for. */
  opened: Promise<void> = Promise.resolve();
  readonly #started = Promise.withResolvers<void>();
  /** Resolves when the warm-up has ended; never if it fails. */
  readonly started = this.#started.promise;

  /** Runs the warm-up; the worker is ready only if it succeeds, and once it listens everywhere. */
  async start(warmUp: () => unknown): Promise<void> {
    await warmUp();
    await this.opened;
    if (this.phase === "starting") this.phase = "ready";
    this.#started.resolve();
  }

  /** Requests that are answered now. */
  get pending(): number {
    return this.listening.reduce((sum, { pendingRequests }) => sum + pendingRequests, 0);
  }

  drain(): void {
    this.phase = "draining";
  }

  /** Accepts no more connections. */
  close(): void {
    for (const each of this.listening) void each.stop(false);
  }
}
