// A strict HTTP/1.1 parser: anything that is not a valid request is reported.
import type { Socket } from "node:net";

export interface Request {
  method: string;
  path: string;
  headers: Map<string, string>;
  body: string;
}
interface Handlers {
  /** The headers have arrived; the body may not have. */
  head?: (request: Request) => void;
  whole?: (request: Request) => void;
  broken?: (text: string) => void;
}

const REQUEST_LINE = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/;

function parseHead(text: string): Request | undefined {
  const [line = "", ...fields] = text.split("\r\n");
  const [, method, path] = REQUEST_LINE.exec(line) ?? [];
  if (!method || !path) return undefined;
  const headers = fields.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  });
  return { method, path, headers: new Map(headers), body: "" };
}

/** Expects a Content-Length: the gateway buffers request bodies. */
export function readRequests(socket: Socket, { head, whole, broken }: Handlers): void {
  let received = Buffer.alloc(0);
  let request: Request | undefined;
  const step = (): boolean => {
    if (!request) {
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return false;
      const text = received.subarray(0, end).toString("latin1");
      request = parseHead(text);
      received = received.subarray(end + 4);
      if (!request) {
        broken?.(text.slice(0, 80));
        socket.destroy();
        return false;
      }
      head?.(request);
    }
    const length = Number(request.headers.get("content-length") ?? 0);
    if (received.length < length) return false;
    request.body = received.subarray(0, length).toString("latin1");
    received = received.subarray(length);
    whole?.(request);
    request = undefined;
    return true;
  };
  socket.on("data", (data: Buffer) => {
    received = Buffer.concat([received, data]);
    while (!socket.destroyed && step());
  });
}
