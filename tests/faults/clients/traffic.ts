// Which requests go over which connections, all of them at once.
import type { Ask, Exchange, Outcome } from "../types.ts";
import { Http1, requestHead, type Target } from "./http1.ts";
import { overHttp2 } from "./http2.ts";
import { ask, type KindName } from "./requests.ts";

type Over = "keep-alive" | "pipelined" | "HTTP/2";

/** Pairs: who is refused or fails first, and who comes after on the same connection. */
const CONNECTIONS: readonly (readonly [Over, ...KindName[]])[] = [
  ["keep-alive", "stranger", "good"],
  ["keep-alive", "bad", "good debug"],
  ["keep-alive", "good", "readyz", "document", "livez"],
  ["keep-alive", "good batch", "stranger count"],
  ["keep-alive", "good count", "bad count"],
  ["keep-alive", "good append", "bad append"],
  ["keep-alive", "stranger, with a request as its body", "document", "readyz"],
  ["keep-alive", "bad, with a request as its body", "good"],
  ["keep-alive", "good, with a request as its body", "good"],
  ["keep-alive", "stranger, forges", "good count"],
  ["keep-alive", "good, not seen before", "bad debug"],
  ["keep-alive", "wrong method", "page", "authenticate"],
  ["keep-alive", "unknown", "good"],
  ["keep-alive", "good, expects 100"],
  ["keep-alive", "bad, expects 100"],
  ["keep-alive", "bad batch"],
  ["keep-alive", "too large"],
  ["keep-alive", "good, gives up half-way"],
  ["keep-alive", "bad, gives up half-way"],
  ["keep-alive", "good batch, gives up half-way"],
  ["keep-alive", "good, does not wait"],
  ["pipelined", "stranger", "good", "livez"],
  ["pipelined", "bad", "good count", "document", "readyz"],
  ["pipelined", "bad, with a request as its body", "good"],
  ["pipelined", "good", "good debug"],
  ["HTTP/2", "good", "bad", "stranger", "good debug", "readyz", "livez", "page", "authenticate"],
  ["HTTP/2", "good, not seen before", "stranger, forges", "wrong method"],
  ["HTTP/2", "good append", "bad append"],
  ["HTTP/2", "good count", "bad, with a request as its body", "stranger, with a request as its body"],
  [
    "HTTP/2",
    "good batch",
    "bad batch",
    "good, gives up half-way",
    "good, does not wait",
    "readyz",
    "document",
  ],
];

/** True where the server ends the connection with this outcome, so that no other request can follow. */
function closes(outcome: Outcome | undefined): boolean {
  if (!outcome) return false;
  return "lost" in outcome || !outcome.whole || outcome.headers.get("connection") === "close";
}

/** The body follows when the server asks for it; one that answers at once never gets it. */
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
    // Whether it was read before the connection ended, nobody knows.
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

/** Sends everything at once, each connection from an address of its own: no client meets another's rate limit. */
export class Clients {
  #connections = 0;
  #requests = 0;

  constructor(
    readonly target: Target,
    /** Makes ids and addresses of this gateway's clients its own. */
    readonly name: string,
    readonly patience: number,
  ) {}

  async send(how: Over, ...kinds: KindName[]): Promise<Exchange[]> {
    const n = this.#connections++;
    const from = `127.1.${Math.floor(n / 200)}.${1 + (n % 200)}`;
    const asks = kinds.map((kind) => ask(kind, `${this.name}-${this.#requests++}`));
    return over(how, this.target, from, asks, this.patience);
  }

  /** True when the gateway itself answers. */
  async probe(): Promise<boolean> {
    const connection = await Http1.open(this.target, "127.0.0.1").catch(() => undefined);
    connection?.socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: probe\r\n\r\n");
    const outcome = await connection?.answer(this.patience);
    connection?.socket.destroy();
    return outcome !== undefined && "status" in outcome && outcome.status === 200;
  }

  /** For the log: internal names, and bytes that no label and no line may be made of. */
  odd(): Promise<Exchange[]> {
    return this.send("keep-alive", "problem", "authenticate", "odd path", "good");
  }

  async all(): Promise<Exchange[]> {
    const sent = await Promise.all(CONNECTIONS.map(([how, ...kinds]) => this.send(how, ...kinds)));
    return sent.flat();
  }
}
