import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { resets, statusesOf } from "./frames.ts";
import type { Case, Outcome, Target } from "./types.ts";

const QUIET_MS = 100; // after the first answer: time for an unexpected second one

function open(target: Target, transport: Case["transport"]): Promise<Socket> {
  const { host, port, ca, name: servername, from } = target;
  const address = { host, port, ...(from && { localAddress: from }) };
  return new Promise((done, fail) => {
    const socket: Socket =
      transport === "tcp"
        ? connectTcp(address, () => done(socket))
        : connectTls(
            { ...address, ca, servername, ALPNProtocols: [transport === "h2" ? "h2" : "http/1.1"] },
            () => done(socket),
          );
    socket.once("error", fail);
  });
}

function parse(received: Buffer, transport: Case["transport"]): number[] {
  if (transport === "h2") return statusesOf(received);
  const text = received.toString("latin1");
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));
}

/** Sends a case's bytes over a new connection. @returns the outcome. */
export async function attack(
  target: Target,
  { send, transport, abort, patience = 15_000 }: Case,
): Promise<Outcome> {
  const started = performance.now();
  const socket = await open(target, transport);
  let received = Buffer.alloc(0);
  let closed = false;
  const ended = new Promise<void>((done) => {
    socket.on("close", () => {
      closed = true;
      done();
    });
  });
  socket.on("data", (data: Buffer) => {
    received = Buffer.concat([received, data]);
  });
  socket.on("error", () => undefined); // a reset is a refusal; "close" follows
  for (const step of send) {
    if (closed) break;
    if (typeof step === "number") await Promise.race([Bun.sleep(step), ended]);
    else socket.write(step);
  }
  if (abort) {
    await Bun.sleep(50);
    socket.destroy();
  }
  const statuses = () => parse(received, transport);
  const deadline = started + patience;
  const reset = () => transport === "h2" && resets(received);
  const final = () => reset() || statuses().some((status) => status >= 200);
  while (!closed && !final() && performance.now() < deadline) await Promise.race([Bun.sleep(10), ended]);
  const milliseconds = performance.now() - started;
  if (!closed) await Promise.race([Bun.sleep(QUIET_MS), ended]);
  socket.destroy();
  return {
    statuses: statuses(),
    closed,
    reset: reset(),
    text: transport === "h2" ? "" : received.toString("latin1"),
    milliseconds,
  };
}
