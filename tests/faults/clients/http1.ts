// One HTTP/1.1 connection of a client, byte by byte: it can pipeline requests and send half of one.
import { connect, type Socket } from "node:net";
import type { Answer, Ask, Outcome } from "../types.ts";

export interface Target {
  port: number;
  tlsPort: number;
  ca: string;
}

export function requestHead({ method, path, headers }: Ask): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join("")}\r\n`;
}

type Parsed = { answer: Omit<Answer, "ms">; rest: Buffer } | "more" | `not HTTP: ${string}`;

/** A chunked body's content; undefined while it is incomplete. */
function unchunk(bytes: Buffer): { body: string; rest: Buffer } | undefined {
  let body = "";
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, end).toString("latin1"), 16);
    at = end + 2;
    if (bytes.length < at + size + 2) return undefined;
    body += bytes.subarray(at, at + size).toString("latin1");
    at += size + 2;
    if (size === 0) return { body, rest: bytes.subarray(at) };
  }
}

function parse(received: Buffer, ended: boolean): Parsed {
  const start = received.subarray(0, 9).toString("latin1");
  if (start.length > 0 && !"HTTP/1.1 ".startsWith(start))
    return `not HTTP: ${JSON.stringify(received.subarray(0, 60).toString("latin1"))}`;
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return "more";
  const [line = "", ...fields] = received.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Map(
    fields.map((field): [string, string] => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
  if (Number.isNaN(status)) return `not HTTP: ${JSON.stringify(line.slice(0, 60))}`;
  const bytes = received.subarray(end + 4);
  const whole = (body: string, rest: Buffer): Parsed => ({
    answer: { status, headers, body, whole: true },
    rest,
  });
  const cut: Parsed = ended
    ? { answer: { status, headers, body: bytes.toString("latin1"), whole: false }, rest: Buffer.alloc(0) }
    : "more";
  if (status < 200 || status === 204 || status === 304) return whole("", bytes);
  if (headers.get("transfer-encoding") === "chunked") {
    const chunks = unchunk(bytes);
    return chunks ? whole(chunks.body, chunks.rest) : cut;
  }
  const length = headers.get("content-length");
  if (length === undefined) return ended ? whole(bytes.toString("latin1"), Buffer.alloc(0)) : "more";
  if (bytes.length < Number(length)) return cut;
  return whole(bytes.subarray(0, Number(length)).toString("latin1"), bytes.subarray(Number(length)));
}

export class Http1 {
  #received: Buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  ended = false;

  private constructor(readonly socket: Socket) {
    socket.on("error", () => undefined);
    socket.on("data", (data: Buffer) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#wake();
    });
    for (const event of ["end", "close"])
      socket.on(event, () => {
        this.ended = true;
        this.#wake();
      });
  }

  static open({ port }: Target, from: string): Promise<Http1> {
    return new Promise((done, failed) => {
      const socket = connect({ host: "127.0.0.1", port, localAddress: from }, () => done(new Http1(socket)));
      socket.once("error", failed);
    });
  }

  /** The next answer; 1xx only if `interim`. */
  async answer(patience: number, interim = false): Promise<Outcome> {
    const started = performance.now();
    for (;;) {
      const parsed = parse(this.#received, this.ended);
      if (typeof parsed === "object") {
        this.#received = parsed.rest;
        if (parsed.answer.status >= 200 || interim)
          return { ...parsed.answer, ms: performance.now() - started };
        continue;
      }
      if (parsed !== "more") return { lost: parsed };
      if (this.ended) return { lost: "closed" };
      const left = started + patience - performance.now();
      if (left <= 0) return { lost: "no answer in time" };
      const timer = setTimeout(() => this.#wake(), left);
      await new Promise<void>((done) => {
        this.#wake = done;
      });
      clearTimeout(timer);
    }
  }
}
