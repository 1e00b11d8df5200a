// Clients that send POST /echo to the test worker at a steady rate and record each answer.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { caFile } from "../../ops/host/certificate.ts";
import { gatewayAddress, gatewayName } from "../../ops/host/gateway-client.ts";
import { setting } from "../../ops/settings/project.ts";

const ca = readFileSync(caFile(), "utf8");
const name = gatewayName();
const body = '{"text":"Hello, world"}';

export interface Answer {
  status: number;
  ms: number;
}

/** A client with its own address and at most this many connections. */
export function client(localAddress: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, localAddress });
  return (credentials: string): Promise<Answer> =>
    new Promise((done) => {
      const started = performance.now();
      const end = (status: number) => done({ status, ms: performance.now() - started });
      const call = request(
        {
          host: gatewayAddress(),
          servername: name,
          port: setting("HTTPS_PORT"),
          path: "/echo",
          method: "POST",
          agent,
          ca,
          localAddress,
          auth: credentials,
          timeout: 15_000,
          headers: { host: name, "content-type": "application/json", "content-length": body.length },
        },
        (answer) => answer.resume().on("end", () => end(answer.statusCode ?? 0)),
      );
      call.on("timeout", () => call.destroy()).on("error", () => end(0));
      call.end(body);
    });
}

/**
 * Sends at a steady rate, independent of the answers, and waits for the last one. After a stall of this machine it
 * does not catch up: that would exceed the rate limit.
 */
export async function steady(rate: number, duration: number, send: () => Promise<Answer>): Promise<Answer[]> {
  const sent: Promise<Answer>[] = [];
  const end = performance.now() + duration * 1000;
  const gap = 1000 / rate;
  for (let due = performance.now(); due < end; ) {
    const now = performance.now();
    if (now < due) {
      await Bun.sleep(due - now);
      continue;
    }
    sent.push(send());
    due = gap >= 20 ? Math.max(due + gap, now + gap * 0.9) : due + gap;
  }
  return Promise.all(sent);
}

/** Milliseconds. */
export function p99(answers: Answer[]): number {
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
}

/** Answers per status; 0 is no answer. */
export function count(answers: Answer[]): Record<string, number> {
  const statuses: Record<string, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  return statuses;
}
