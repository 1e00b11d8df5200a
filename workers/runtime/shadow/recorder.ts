// Keeps the requests of a shadow's sample, with their answers, until the shadow process takes them.
import { MARK_HEADER, markOf } from "./contract.ts";
import type { Batch, Pair, Unpaired } from "./pair.ts";

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
]);
const COMPARED = /^(application\/([\w.-]+\+)?json|text\/plain)\b/i;

/** What is kept at most. */
export const BOUNDS = {
  /** Bytes of a request body, and of an answer. */
  text: 64 * KB,
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
  /** The request body as sent, where the runtime has read it. */
  body?: string;
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

/**
 * Bounded in number, size and time; the oldest pairs are forgotten first. It records after the answer is made, and writes
 * texts when the event loop is next free: no request waits for it.
 */
export class Recorder {
  readonly #bounds: typeof BOUNDS;
  #process = crypto.randomUUID();
  #mark = "";
  /** The mark before this one: requests that began with it may still end. */
  #ended = "";
  #number = 0;
  /** The number of the last pair that was taken. */
  #taken = 0;
  #kept: Kept[] = [];
  #bytes = 0;
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
    const copy = unpaired ? undefined : response.clone();
    const { request, route = "" } = context;
    setImmediate(async () => {
      const answer = await (copy?.text() ?? "");
      const large = answer.length > this.#bounds.text;
      const why = unpaired ?? (large ? "large" : undefined);
      const url = new URL(request.url);
      this.#add(sampled.mark, {
        at,
        ...(why && { unpaired: why }),
        method: request.method,
        target: why ? "" : `${url.pathname}${url.search}`,
        route,
        headers: why ? {} : kept(request.headers),
        ...(sampled.body !== undefined && !why && { body: sampled.body }),
        status: response.status,
        type,
        answer: why ? "" : answer,
        ms,
      });
    });
  }

  #unpaired(sampled: Sampled, { request }: Answered, type: string): Unpaired | undefined {
    const { body, ownAnswer } = sampled;
    if (ownAnswer || (type !== "" && !COMPARED.test(type))) return "type";
    if (body === undefined && request.body !== null) return "body";
    return (body?.length ?? 0) > this.#bounds.text ? "large" : undefined;
  }

  #add(mark: string, pair: Omit<Pair, "number">): void {
    if (mark === this.#ended) return;
    if (mark !== this.#mark) this.#begin(mark);
    const number = ++this.#number;
    const text = JSON.stringify({ number, ...pair });
    this.#kept.push({ number, at: performance.now(), text });
    this.#bytes += text.length;
    const { all, pairs } = this.#bounds;
    while (this.#bytes > all || this.#kept.length > pairs) this.#forget();
    this.#timer ??= setInterval(() => this.#expire(), 1000).unref();
  }

  /** Another shadow began: nobody takes the pairs of the one before. */
  #begin(mark: string): void {
    [this.#ended, this.#mark] = [this.#mark, mark];
    this.#process = crypto.randomUUID();
    this.#number = this.#taken = this.#bytes = 0;
    this.#kept = [];
  }

  #forget(): void {
    this.#bytes -= this.#kept.shift()?.text.length ?? 0;
  }

  #expire(): void {
    const oldest = performance.now() - this.#bounds.age;
    while (this.#kept[0] && this.#kept[0].at < oldest) this.#forget();
    if (this.#kept.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * A {@link Batch} as JSON: the oldest pairs with numbers above `after`; the others were taken, and are forgotten.
   * Undefined for a key that is not that of the mark.
   * @param process the one that `after` is a number of; after a restart, or a new mark, it is another.
   */
  take(key: string, process: string, after: number): string | undefined {
    if (this.#mark === "" || markOf(key) !== this.#mark) return undefined;
    if (process === this.#process) this.#taken = Math.max(this.#taken, after);
    while (this.#kept[0] && this.#kept[0].number <= this.#taken) this.#forget();
    const texts: string[] = [];
    let bytes = 0;
    for (const { text } of this.#kept) {
      bytes += text.length;
      if (texts.length > 0 && bytes > this.#bounds.batch) break;
      texts.push(text);
    }
    const head: Omit<Batch, "pairs"> = {
      process: this.#process,
      version: this.version,
      taken: this.#taken,
      newest: this.#number,
    };
    return `${JSON.stringify(head).slice(0, -1)},"pairs":[${texts.join(",")}]}`;
  }
}

function kept(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !OMITTED.has(name)));
}
