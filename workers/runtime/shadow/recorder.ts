// Keeps the requests of a shadow's sample, with their answers, until the shadow process takes them.
import { MARK_HEADER, PASS_HEADER } from "./contract.ts";
import { type Batch, MAX_ANSWER, type Pair, textOf, type Unpaired } from "./pair.ts";

const KB = 1024;
const MARK = /^[A-Za-z0-9_-]{43}$/;
/** Of the connection, of the gateway's choice of a version, and of the sample. */
const OMITTED = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "transfer-encoding",
  "x-version",
  MARK_HEADER,
  PASS_HEADER,
]);
const COMPARED = /^(application\/([\w.-]+\+)?json|text\/plain)\b/i;

/** What is kept at most. */
export const BOUNDS = {
  /** Characters of a request body. */
  body: 64 * KB,
  /** Bytes of an answer. */
  answer: MAX_ANSWER,
  /** Bytes of all pairs. */
  all: 1024 * KB,
  pairs: 1000,
  /** How long a pair waits to be taken, in ms. */
  age: 30_000,
  /** Bytes of one batch: it is sent while requests wait. */
  batch: 128 * KB,
};

/** A request of the sample until its answer is made. */
export interface Sampled {
  readonly mark: string;
  /** The request body as sent, where the runtime has read it and it is not large. */
  body?: string;
  isLarge?: boolean;
  /** Whether the handler made the answer itself: it may be a stream without end. */
  ownAnswer?: boolean;
}

interface Kept {
  number: number;
  /** From performance.now. */
  at: number;
  /** The pair as JSON. */
  text: string;
}

/** What a recorder needs of a request's context. */
interface Answered {
  readonly request: Pick<Request, "method" | "headers" | "url" | "body">;
  readonly route?: string | undefined;
  readonly startedAt: number;
}

/** How many marks have a ring: one shadow runs at a time, but requests of the one before may still end. */
const MAX_RINGS = 3;

/** The pairs of one mark: bounded in number, size and time; the oldest are forgotten first. */
class Ring {
  readonly #process = crypto.randomUUID();
  #number = 0;
  /** The number of the last pair that was taken. */
  #taken = 0;
  #kept: Kept[] = [];
  #bytes = 0;
  /** From performance.now; 0 before. */
  takenAt = 0;

  constructor(readonly bounds: typeof BOUNDS) {}

  get length(): number {
    return this.#kept.length;
  }

  add(pair: Omit<Pair, "number">): void {
    const number = ++this.#number;
    const text = JSON.stringify({ number, ...pair });
    this.#kept.push({ number, at: performance.now(), text });
    this.#bytes += text.length;
    const { all, pairs } = this.bounds;
    while (this.#bytes > all || this.#kept.length > pairs) this.#forget();
  }

  #forget(): void {
    this.#bytes -= this.#kept.shift()?.text.length ?? 0;
  }

  /** @returns whether pairs are left. */
  expire(): boolean {
    const oldest = performance.now() - this.bounds.age;
    while (this.#kept[0] && this.#kept[0].at < oldest) this.#forget();
    return this.#kept.length > 0;
  }

  take(version: string, process: string, after: number): string {
    this.takenAt = performance.now();
    if (process === this.#process) this.#taken = Math.max(this.#taken, after);
    while (this.#kept[0] && this.#kept[0].number <= this.#taken) this.#forget();
    const texts: string[] = [];
    let bytes = 0;
    for (const { text } of this.#kept) {
      bytes += text.length;
      if (texts.length > 0 && bytes > this.bounds.batch) break;
      texts.push(text);
    }
    const head: Omit<Batch, "pairs"> = {
      process: this.#process,
      version,
      taken: this.#taken,
      newest: this.#number,
    };
    return `${JSON.stringify(head).slice(0, -1)},"pairs":[${texts.join(",")}]}`;
  }
}

/**
 * Records after the answer is made, and writes texts when the event loop is next free: no request waits for it, and none fails
 * because of it.
 */
export class Recorder {
  readonly #bounds: typeof BOUNDS;
  readonly #rings = new Map<string, Ring>();
  #timer: Timer | undefined;

  constructor(
    readonly version: string,
    bounds: Partial<typeof BOUNDS> = {},
  ) {
    this.#bounds = { ...BOUNDS, ...bounds };
  }

  /** @returns undefined for a request that is not of a sample. */
  sample(headers: Headers): Sampled | undefined {
    const mark = headers.get(MARK_HEADER);
    return mark !== null && MARK.test(mark) ? { mark } : undefined;
  }

  /** Takes note of an answer; `response` is not read before it is sent. */
  record(sampled: Sampled, context: Answered, response: Response): void {
    const ms = performance.now() - context.startedAt;
    const at = Date.now();
    const type = response.headers.get("content-type") ?? "";
    const unpaired = this.#unpaired(sampled, context, type);
    const { request, route = "" } = context;
    const { method } = request;
    const { status } = response;
    const isEmpty = method === "HEAD" || status === 204 || status === 304; // whatever the handler returned
    const copy = unpaired || isEmpty ? undefined : response.clone();
    const without = (why: Unpaired) => ({
      at,
      unpaired: why,
      method,
      target: "",
      route,
      headers: {},
      status,
      type,
      answer: "",
      ms,
    });
    setImmediate(async () => {
      try {
        const bytes = await copy?.bytes();
        const isLarge = bytes && bytes.length > this.#bounds.answer;
        const answer = isLarge || !bytes ? "" : textOf(bytes);
        if (unpaired || isLarge || answer === undefined)
          return this.#add(sampled.mark, without(unpaired ?? (isLarge ? "large" : "type")));
        const { body } = sampled;
        const headers = kept(request.headers);
        const pair = { at, method, target: targetOf(request.url), route, headers, status, type, answer, ms };
        this.#add(sampled.mark, { ...pair, ...(body !== undefined && { body }) });
      } catch {
        this.#add(sampled.mark, without("failed")); // a file that was removed after it was sent
      }
    });
  }

  #unpaired(sampled: Sampled, { request }: Answered, type: string): Unpaired | undefined {
    const { body, isLarge, ownAnswer } = sampled;
    if (ownAnswer || (type !== "" && !COMPARED.test(type))) return "type";
    if (isLarge) return "large";
    return body === undefined && request.body !== null ? "body" : undefined;
  }

  #add(mark: string, pair: Omit<Pair, "number">): void {
    const known = this.#rings.get(mark);
    const ring = known ?? new Ring(this.#bounds);
    if (!known) {
      // Of marks that nobody takes pairs of, the one with the fewest goes first: a request from beside the gateway can have any.
      const others = [...this.#rings].toSorted(
        ([, a], [, b]) => a.takenAt - b.takenAt || a.length - b.length,
      );
      for (const [old] of others.slice(0, Math.max(0, others.length + 1 - MAX_RINGS)))
        this.#rings.delete(old);
      this.#rings.set(mark, ring);
    }
    ring.add(pair);
    this.#timer ??= setInterval(() => this.#expire(), 1000).unref();
  }

  #expire(): void {
    const left = [...this.#rings.values()].filter((ring) => ring.expire());
    if (left.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * A {@link Batch} as JSON: the oldest pairs of a mark with numbers above `after`; the others were taken, and are forgotten.
   * Undefined for a mark that no request had.
   * @param process the one that `after` is a number of; after a restart it is another.
   */
  take(mark: string, process: string, after: number): string | undefined {
    return this.#rings.get(mark)?.take(this.version, process, after);
  }
}

/** Path and query of a request's URL, as sent: its host may be one that no URL can have. */
function targetOf(url: string): string {
  const from = url.indexOf("/", url.indexOf("://") + 3);
  return from < 0 ? "/" : url.slice(from);
}

function kept(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !OMITTED.has(name)));
}
