// Building blocks of hostile backends.
import type { Socket } from "node:net";
import type { Serve } from "../types.ts";
import { type Request, readRequests } from "./requests.ts";
import { echo } from "./worker.ts";

/** The backend that a hostile one replaces. */
export interface BackendContext {
  healthy: Serve;
  /** The usual status line: 200 of a worker, 401 of a verifier. */
  status: string;
  note: (request: Request) => void;
}
export type Hostile = (context: BackendContext) => Serve;

/** Marks answers of hostile backends; a worker's answer passes through nginx unchanged. */
const OWN = "X-Hostile: yes";
/** Not the id of any request: a client that receives it received bytes of another answer. */
export const FORGED = '{"id":"forged"}\n';

export function http(status: string, headers: readonly string[], body = ""): string {
  return [`HTTP/1.1 ${status}`, OWN, ...headers, "", body].join("\r\n");
}
export const length = (body: string, more = 0) => `Content-Length: ${body.length + more}`;
export const JSON_TYPE = "Content-Type: application/json";

/** Answers each request with these bytes; then `close` or `reset` ends the connection. */
export function responds(
  bytes: (body: string, context: BackendContext) => string,
  { close = false, reset = false } = {},
): Hostile {
  return (context) => (socket) => {
    readRequests(socket, {
      head: context.note,
      whole: (request) => {
        socket.write(bytes(echo(request), context), "latin1");
        if (reset) socket.resetAndDestroy();
        else if (close) socket.end();
      },
    });
  };
}

/** A socket that sends one byte at a time. */
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

/** The healthy backend's answer, byte by byte. */
export const slow: Hostile =
  ({ healthy }) =>
  (socket) =>
    healthy(slowly(socket, 2));
export const silent: Hostile =
  ({ note }) =>
  (socket) =>
    readRequests(socket, { head: note });
/** Closes the connection without reading. */
export const closes: Hostile = () => (socket) => socket.end();
export const resets: Hostile = () => (socket) => socket.resetAndDestroy();
