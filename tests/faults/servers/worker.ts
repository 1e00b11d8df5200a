// The worker of the tests: answers 200 to every request and echoes the request's id.
import type { Received, Serve } from "../types.ts";
import { type Request, readRequests } from "./requests.ts";

/** Requests that the workers of one gateway received. */
export interface WorkerLog {
  received: Received[];
  /** Invalid requests: bytes of a body, or half of a request. */
  broken: string[];
}

export const MARKER = /marker-([\w-]+)/;

/** The answer to a request: its id, and the marker in its body. Both must match the request that the client sent. */
export function echo({ headers, body }: Request, more = ""): string {
  const text = JSON.stringify({
    id: headers.get("x-request-id"),
    marker: MARKER.exec(body)?.[1],
    ...(more && { more }),
  });
  return `${text}\n`;
}

function answer(request: Request): string {
  const body = request.method === "HEAD" ? "" : echo(request);
  return (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Authenticated-User: root\r\n" +
    `Content-Length: ${echo(request).length}\r\n\r\n${body}`
  );
}

/** Records a request for the checks; every backend of a worker does so. */
export function logRequest(log: WorkerLog, worker: string, { method, path, headers }: Request): void {
  log.received.push({ worker, method, path, headers });
}

/** `early`: answers after the headers and reads the body afterwards. */
export function healthyWorker(log: WorkerLog, name: string, early: boolean): Serve {
  return (socket) =>
    readRequests(socket, {
      head: (request) => {
        logRequest(log, name, request);
        if (early) socket.write(answer(request));
      },
      whole: (request) => {
        if (!early) socket.write(answer(request));
      },
      broken: (text) => log.broken.push(`${name}: ${JSON.stringify(text)}`),
    });
}
