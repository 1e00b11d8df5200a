// Concurrent requests over one HTTP/2 connection.
import { type ClientHttp2Session, connect } from "node:http2";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Ask, Exchange, Outcome } from "../types.ts";
import type { Target } from "./http1.ts";

function open({ tlsPort: port, ca }: Target, from: string): Promise<Socket> {
  const address = { host: "127.0.0.1", port, localAddress: from };
  return new Promise((done, failed) => {
    const socket = connectTls({ ...address, ca, servername: "localhost", ALPNProtocols: ["h2"] }, () =>
      done(socket),
    );
    socket.once("error", failed);
  });
}

function request(session: ClientHttp2Session, ask: Ask, patience: number): Promise<Outcome> {
  return new Promise((done) => {
    const started = performance.now();
    const stream = session.request({
      ":method": ask.method,
      ":path": ask.path,
      ":authority": "localhost",
      ...Object.fromEntries(ask.headers.map(([name, value]) => [name.toLowerCase(), value])),
    });
    let [status, body, ended] = [0, "", false];
    const headers = new Map<string, string>();
    const finish = (outcome?: Outcome) => {
      clearTimeout(timer);
      if (outcome) done(outcome);
      else if (status === 0) done({ lost: "closed" });
      else done({ status, headers, body, whole: ended, ms: performance.now() - started });
    };
    const timer = setTimeout(() => {
      finish({ lost: "no answer in time" });
      stream.close();
    }, patience);
    stream.on("response", (fields) => {
      status = Number(fields[":status"]);
      for (const [name, value] of Object.entries(fields)) headers.set(name, String(value));
    });
    stream.on("data", (data: Buffer) => {
      body += data.toString("latin1");
    });
    stream.on("end", () => {
      ended = stream.rstCode === 0;
    });
    stream.on("error", () => undefined).on("close", () => finish());
    if (!ask.abort) stream.end(ask.body);
    else {
      if (ask.body) stream.write(ask.body);
      setTimeout(() => {
        finish({ lost: "aborted" });
        stream.close(8); // CANCEL
      }, 60);
    }
  });
}

export async function overHttp2(
  target: Target,
  from: string,
  asks: Ask[],
  patience: number,
): Promise<Exchange[]> {
  const socket = await open(target, from);
  const session = connect("https://localhost", { createConnection: () => socket });
  session.on("error", () => undefined);
  const exchanges = await Promise.all(
    asks.map(async (ask) => ({ ask, over: "HTTP/2", outcome: await request(session, ask, patience) })),
  );
  session.destroy();
  socket.destroy();
  return exchanges;
}
