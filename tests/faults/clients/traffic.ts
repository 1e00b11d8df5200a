// All kinds of requests over many connections at once.
import type { Ask, Exchange, Outcome } from "../types.ts";
import { Http1, requestHead, type Target } from "./http1.ts";
import { overHttp2 } from "./http2.ts";
import { ask, type KindName } from "./requests.ts";

type Over = "keep-alive" | "pipelined" | "HTTP/2";

/** Requests per connection: after a refusal or a failure, the connection must still serve the next request. */
const CONNECTIONS: readonly (readonly [Over, ...KindName[]])[] = [
  ["keep-alive", "anonymous", "good"],
  ["keep-alive", "bad", "good debug"],
  ["keep-alive", "good", "readyz", "document", "livez"],
  ["keep-alive", "good batch", "anonymous count"],
  ["keep-alive", "good count", "bad count"],
  ["keep-alive", "good append", "bad append"],
  ["keep-alive", "good append", "good append, GET", "good append", "good append, GET"],
  ["keep-alive", "anonymous, with a request as its body", "document", "readyz"],
  ["keep-alive", "bad, with a request as its body", "good"],
  ["keep-alive", "good, with a request as its body", "good"],
  ["keep-alive", "anonymous, forged headers", "good count"],
  ["keep-alive", "good, not cached", "bad debug"],
  ["keep-alive", "wrong method", "page", "authenticate"],
  ["keep-alive", "unknown", "good"],
  ["keep-alive", "good, expects 100"],
  ["keep-alive", "bad, expects 100"],
  ["keep-alive", "bad batch"],
  ["keep-alive", "too large"],
  ["keep-alive", "good, disconnects half-way"],
  ["keep-alive", "bad, disconnects half-way"],
  ["keep-alive", "good batch, disconnects half-way"],
  ["keep-alive", "good, disconnects"],
  ["pipelined", "anonymous", "good", "livez"],
  ["pipelined", "bad", "good count", "document", "readyz"],
  ["pipelined", "bad, with a request as its body", "good"],
  ["pipelined", "good", "good debug"],
  ["HTTP/2", "good", "bad", "anonymous", "good debug", "readyz", "livez", "page", "authenticate"],
  ["HTTP/2", "good, not cached", "anonymous, forged headers", "wrong method"],
  ["HTTP/2", "good append", "bad append"],
  ["HTTP/2", "good count", "bad, with a request as its body", "anonymous, with a request as its body"],
  [
    "HTTP/2",
    "good batch",
    "bad batch",
    "good, disconnects half-way",
    "good, disconnects",
    "readyz",
    "document",
  ],
];

/** Whether the connection ends with this outcome. */
function closes(outcome: Outcome | undefined): boolean {
  if (!outcome) return false;
  return "lost" in outcome || !outcome.whole || outcome.headers.get("connection") === "close";
}

/** Sends the body only after a 100 Continue. */
async function expecting(connection: Http1, request: Ask, patience: number): Promise<Outcome> {
  connection.socket.write(requestHead(request));
  const first = await connection.answer(patience, true);
  if ("lost" in first || first.status !== 100) return first;
  connection.socket.write(request.body);
  return connection.answer(patience);
}

async function overKeepAlive(connection: Http1, asks: Ask[], patience: number): Promise<Exchange[]> {
  const done: Exchange[] = [];
  for (const request of asks) {
    if (connection.ended || closes(done.at(-1)?.outcome)) break;
    let outcome: Outcome = { lost: "aborted" };
    if (request.expect) outcome = await expecting(connection, request, patience);
    else {
      connection.socket.write(requestHead(request) + request.body, "latin1");
      if (request.abort) await Bun.sleep(60);
      else outcome = await connection.answer(patience);
    }
    done.push({ ask: request, outcome, over: "HTTP/1.1" });
  }
  return done;
}

async function overPipeline(connection: Http1, asks: Ask[], patience: number): Promise<Exchange[]> {
  connection.socket.write(asks.map((request) => requestHead(request) + request.body).join(""), "latin1");
  const done: Exchange[] = [];
  for (const request of asks) {
    // It may or may not have been read before the connection ended.
    const skipped = closes(done.at(-1)?.outcome);
    const outcome: Outcome = skipped ? { lost: "skipped" } : await connection.answer(patience);
    done.push({ ask: request, outcome, over: "HTTP/1.1, pipelined" });
  }
  return done;
}

async function over(
  how: Over,
  target: Target,
  from: string,
  asks: Ask[],
  patience: number,
): Promise<Exchange[]> {
  if (how === "HTTP/2") return overHttp2(target, from, asks, patience);
  const connection = await Http1.open(target, from);
  const run = how === "pipelined" ? overPipeline : overKeepAlive;
  const done = await run(connection, asks, patience);
  connection.socket.destroy();
  return done;
}

/** Sends requests, each connection from its own address: clients do not share a rate limit. */
export class Clients {
  #connections = 0;
  #requests = 0;

  constructor(
    readonly target: Target,
    /** Prefix of the request ids, unique per gateway. */
    readonly name: string,
    readonly patience: number,
  ) {}

  async send(how: Over, ...kinds: KindName[]): Promise<Exchange[]> {
    const n = this.#connections++;
    const from = `127.1.${Math.floor(n / 200)}.${1 + (n % 200)}`;
    const asks = kinds.map((kind) => ask(kind, `${this.name}-${this.#requests++}`));
    return over(how, this.target, from, asks, this.patience);
  }

  /** Whether the gateway answers /livez. */
  async probe(): Promise<boolean> {
    const connection = await Http1.open(this.target, "127.0.0.1").catch(() => undefined);
    connection?.socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: probe\r\n\r\n");
    const outcome = await connection?.answer(this.patience);
    connection?.socket.destroy();
    return outcome !== undefined && "status" in outcome && outcome.status === 200;
  }

  /** For the log: internal names, and bytes that must not reach a label or a line. */
  odd(): Promise<Exchange[]> {
    return this.send("keep-alive", "problem", "authenticate", "odd path", "good");
  }

  async all(): Promise<Exchange[]> {
    const sent = await Promise.all(CONNECTIONS.map(([how, ...kinds]) => this.send(how, ...kinds)));
    return sent.flat();
  }
}
