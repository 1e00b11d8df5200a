import type { Writer } from "../requests.ts";
import type { Case } from "../types.ts";

const PATIENCE = 20_000; // the gateway's own limits are 10 s

/** Clients that are slow or disconnect. They run concurrently: each takes as long as the gateway's timeout. */
export function slow({ post, line, framed, GOOD }: Writer): Case[] {
  const whole = post(GOOD);
  const drip = (text: string, pause: number) => [...text].flatMap((character) => [character, pause]);
  return [
    { name: "slow: nothing is ever sent", send: [], patience: PATIENCE },
    { name: "slow: no TLS handshake", send: [], transport: "tcp", patience: PATIENCE },
    { name: "slow: half a request line", send: ["POST /ec"], patience: PATIENCE },
    {
      name: "slow: a header byte every half second",
      send: drip(line("GET /livez HTTP/1.1", "X: y\r\n"), 500),
      patience: PATIENCE,
    },
    {
      name: "slow: unterminated headers",
      send: [line("GET /livez HTTP/1.1").slice(0, -2)],
      patience: PATIENCE,
    },
    {
      name: "slow: no body after its length",
      send: [framed(`Content-Length: ${GOOD.length}\r\n`, "")],
      patience: PATIENCE,
    },
    { name: "slow: half a body", send: [whole.subarray(0, -9)], patience: PATIENCE },
    {
      name: "slow: half a chunk",
      send: [framed("Transfer-Encoding: chunked\r\n", "1a\r\n{")],
      patience: PATIENCE,
    },
    {
      name: "slow: a body byte every 50 ms is accepted",
      send: [whole.subarray(0, -GOOD.length), ...drip(GOOD, 50)],
      expect: [200],
    },
    { name: "left: in the headers", send: ["POST /echo HTTP/1.1\r\nHo"], abort: true },
    { name: "left: in the body", send: [whole.subarray(0, -9)], abort: true },
    { name: "left: before the answer", send: [whole], abort: true, expect: "answered" },
    {
      name: "left: in a chunk",
      send: [framed("Transfer-Encoding: chunked\r\n", "ffff\r\nabc")],
      abort: true,
    },
  ];
}
