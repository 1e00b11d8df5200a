// The worker of the tests: says yes to whatever reaches it, whoever asks, and echoes which request that was.
import type { Received, Serve } from "../types.ts";
import { type Request, readRequests } from "./requests.ts";

/** What every worker of one gateway has received. */
export interface Record {
  received: Received[];
  /** Bytes in the place of a request: somebody's body, or somebody's half. */
  broken: string[];
}

export const MARKER = /marker-([\w-]+)/;

/** The words of a worker for one request: both ids are the request's own, or the answer is somebody else's. */
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

/** Notes what arrives, so that it can be judged afterwards; every server in the place of a worker does. */
export function note(record: Record, worker: string, { method, path, headers }: Request): void {
  record.received.push({ worker, method, path, headers });
}

/** `early`: answers as soon as the headers are there, and takes the body for what the length says it is. */
export function honestWorker(record: Record, name: string, early: boolean): Serve {
  return (socket) =>
    readRequests(socket, {
      head: (request) => {
        note(record, name, request);
        if (early) socket.write(answer(request));
      },
      whole: (request) => {
        if (!early) socket.write(answer(request));
      },
      broken: (text) => record.broken.push(`${name}: ${JSON.stringify(text)}`),
    });
}
