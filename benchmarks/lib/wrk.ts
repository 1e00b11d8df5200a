import { UserError } from "../../ops/settings/fail.ts";

export interface Target {
  name: string;
  url: string;
  headers: Record<string, string>;
  /** The server's processes, without nginx, which all targets share. */
  pids: () => number[];
}

export interface Load {
  /** Requests a second. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  max: number;
  requests: number;
}

interface Output {
  requests: number;
  seconds: number;
  p50: number;
  p99: number;
  max: number;
  failed: number;
  broken: number;
}

export interface Client {
  bodies: string;
  authorization: string;
  connections: number;
  /** Between an answer and the next request of its connection, on average. */
  pauseMs?: number;
}

/** Closed loop: each connection sends the next request after a response. @throws UserError for a status but 2xx. */
export function load({ name, url, headers }: Target, seconds: number, client: Client): Load {
  const { bodies, authorization, connections, pauseMs } = client;
  const all = { ...headers, Authorization: authorization, "Content-Type": "application/json" };
  const script = new URL("../request.lua", import.meta.url).pathname;
  const args = ["--timeout", "30s", "-t1", `-c${connections}`, `-d${seconds}s`, "-s", script, url];
  const { stdout, exitCode } = Bun.spawnSync(["wrk", ...args], {
    env: {
      ...process.env,
      BODIES: bodies,
      ...(pauseMs && { PAUSE: String(Math.round(pauseMs)) }),
      HEADERS: Object.entries(all)
        .map((header) => `${header.join(": ")}\n`)
        .join(""),
    },
  });
  const line = stdout.toString().trim().split("\n").at(-1) ?? "";
  if (exitCode !== 0 || !line.startsWith("{"))
    throw new UserError(`${name}: wrk failed: ${stdout.toString()}`);
  const result = JSON.parse(line) as Output;
  if (result.failed + result.broken > 0) {
    throw new UserError(`${name}: ${result.failed} answers were not 2xx, ${result.broken} connections broke`);
  }
  const { requests, p50, p99, max } = result;
  return { requests, p50, p99, max, rate: requests / result.seconds };
}
