// Takes the pairs of stable's replicas.
import { PAIRS_PATH, PASS_HEADER, pass } from "./contract.ts";
import type { Batch, Pair } from "./pair.ts";
import type { Replicas } from "./replicas.ts";

const EVERY_MS = 200;
const TIMEOUT_MS = 2000;

/** What was taken of one process of a worker. */
interface Taken {
  process: string;
  /** The number of the last pair that was taken. */
  after: number;
}

export interface Collected {
  version: string;
  pairs: Pair[];
  /** Pairs that the worker forgot before they were taken. */
  forgotten: number;
}

async function take(address: string, key: string, { process, after }: Taken): Promise<Batch | undefined> {
  const target = `${PAIRS_PATH}?${new URLSearchParams({ process, after: String(after) })}`;
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  const answer = await fetch(`http://${address}${target}`, {
    headers: { [PASS_HEADER]: pass(key, port, target) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // 404: no request of the sample came to this replica yet.
  return answer.ok ? ((await answer.json()) as Batch) : undefined;
}

/** Calls `each` with what each replica has, several times a second, without end. A slow replica delays no other. */
export class Collector {
  readonly #taken = new Map<string, Taken>();
  readonly #asked = new Set<string>();

  constructor(
    readonly replicas: Replicas,
    readonly key: string,
    readonly each: (collected: Collected) => void,
  ) {}

  async run(): Promise<never> {
    for (;;) {
      for (const address of await this.replicas.addresses()) void this.#collectAll(address);
      await Bun.sleep(EVERY_MS);
    }
  }

  async #collectAll(address: string): Promise<void> {
    if (this.#asked.has(address)) return;
    this.#asked.add(address);
    try {
      while (await this.#collect(address));
    } catch {
      // It does not run now, or hangs: its numbers tell what was missed.
    } finally {
      this.#asked.delete(address);
    }
  }

  /** @returns whether the replica has more. */
  async #collect(address: string): Promise<boolean> {
    const taken = this.#taken.get(address) ?? { process: "", after: 0 };
    const batch = await take(address, this.key, taken);
    if (!batch) return false;
    // What a shadow process before this one has taken is not received again.
    const after = batch.process === taken.process ? taken.after : batch.taken;
    const last = batch.pairs.at(-1)?.number ?? batch.newest;
    this.#taken.set(address, { process: batch.process, after: last });
    this.each({
      version: batch.version,
      pairs: batch.pairs,
      forgotten: Math.max(0, last - after - batch.pairs.length),
    });
    return last < batch.newest;
  }
}
