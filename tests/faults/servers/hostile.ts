// What the answers of hostile servers are made of.
import type { Socket } from "node:net";
import type { Serve } from "../types.ts";
import { type Request, readRequests } from "./requests.ts";
import { echo } from "./worker.ts";

/** Where a hostile server stands in for another. */
export interface Place {
  honest: Serve;
  /** What an answer of this place begins with when it is no lie in itself: a worker's yes, a verifier's no. */
  status: string;
  note: (request: Request) => void;
}
export type Hostile = (place: Place) => Serve;

/** Marks an answer that nginx did not make: what a worker says itself passes through as it is. */
export const OWN = "X-Hostile: yes";
/** Never a request's own id: whoever receives it received somebody else's bytes. */
export const FORGED = '{"id":"forged"}\n';

export function http(status: string, headers: readonly string[], body = ""): string {
  return [`HTTP/1.1 ${status}`, OWN, ...headers, "", body].join("\r\n");
}
export const length = (body: string, more = 0) => `Content-Length: ${body.length + more}`;
export const JSON_TYPE = "Content-Type: application/json";

/** Each request gets these bytes; `close` ends the connection after them. */
export function says(
  bytes: (body: string, place: Place) => string,
  { close = false, reset = false } = {},
): Hostile {
  return (place) => (socket) => {
    readRequests(socket, {
      head: place.note,
      whole: (request) => {
        socket.write(bytes(echo(request), place), "latin1");
        if (reset) socket.resetAndDestroy();
        else if (close) socket.end();
      },
    });
  };
}

/** A socket whose bytes leave one at a time. */
function slowly(socket: Socket, pause: number): Socket {
  const write = socket.write.bind(socket);
  const queue: number[] = [];
  let ending = false;
  const timer = setInterval(() => {
    const byte = queue.shift();
    if (byte !== undefined) write(Buffer.from([byte]));
    else if (ending) socket.destroy();
  }, pause);
  socket.on("close", () => clearInterval(timer));
  socket.write = ((data: string | Uint8Array) =>
    queue.push(...Buffer.from(data as string)) > 0) as Socket["write"];
  socket.end = (() => {
    ending = true;
    return socket;
  }) as Socket["end"];
  return socket;
}

/** The honest answer, byte by byte. */
export const slow: Hostile =
  ({ honest }) =>
  (socket) =>
    honest(slowly(socket, 2));
export const silent: Hostile =
  ({ note }) =>
  (socket) =>
    readRequests(socket, { head: note });
/** Ends the connection before it has read anything. */
export const closes: Hostile = () => (socket) => socket.end();
export const resets: Hostile = () => (socket) => socket.resetAndDestroy();
