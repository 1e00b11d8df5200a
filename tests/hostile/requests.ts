import type { Target } from "./types.ts";

const GOOD = '{"text":"Hello, world"}';

/** Writes requests by hand: what is not given is as a good client would have it. */
export function writer({ name, authorization }: Target) {
  const start = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: ${name}\r\nAuthorization: ${authorization}\r\n`;
  return {
    GOOD,
    /** A whole POST of a JSON body with its length; `extra` are header lines, each with its CRLF. */
    post(body: string | Uint8Array, { path = "/echo", extra = "", type = "application/json" } = {}): Buffer {
      const bytes = Buffer.from(body as string);
      const head = `${start(path)}Content-Type: ${type}\r\n${extra}Content-Length: ${bytes.length}\r\n\r\n`;
      return Buffer.concat([Buffer.from(head, "latin1"), bytes]);
    },
    /** A POST whose framing headers and body are given as they go over the wire. */
    framed(headers: string, body: string, path = "/echo"): string {
      return `${start(path)}Content-Type: application/json\r\n${headers}\r\n${body}`;
    },
    /** A request line of any form with a good Host. */
    line(line: string, headers = ""): string {
      return `${line}\r\nHost: ${name}\r\n${headers}\r\n`;
    },
    chunk: (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`,
  };
}

export type Writer = ReturnType<typeof writer>;
