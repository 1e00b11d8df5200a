// The replicas of a version: addresses that may change while the shadow process runs.
import { lookup } from "node:dns/promises";
import type { Answer } from "./contract.ts";
import type { Pair } from "./pair.ts";

const RESOLVE_MS = 2000;
/** An answer with more bytes is not compared. */
const MAX_ANSWER = 64 * 1024;

/** An answer, and how it was got. */
export interface Asked extends Answer {
  /** The X-Version of the replica; empty where none answered. */
  version: string;
  ms: number;
  large: boolean;
}

async function addressesOf(server: string): Promise<string[]> {
  const at = server.lastIndexOf(":");
  const [host, port] = [server.slice(0, at), server.slice(at + 1)];
  const found = await lookup(host, { all: true, family: 4 }).catch(() => []);
  return found.map(({ address }) => `${address}:${port}`);
}

/** The text of an answer up to a size; the rest is not read: what a replica sends has no other limit. */
async function bounded(response: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > MAX_ANSWER) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

export class Replicas {
  #addresses: Promise<string[]> = Promise.resolve([]);
  #resolved = Number.NEGATIVE_INFINITY;
  #turn = 0;

  constructor(readonly servers: readonly string[]) {}

  addresses(): Promise<readonly string[]> {
    if (performance.now() - this.#resolved > RESOLVE_MS) {
      this.#resolved = performance.now();
      this.#addresses = Promise.all(this.servers.map(addressesOf)).then((all) => all.flat());
    }
    return this.#addresses;
  }

  /** Asks the replicas in turn; the next one where a connection fails. */
  async ask(pair: Pair, timeoutMs: number): Promise<Asked> {
    const addresses = await this.addresses();
    const began = performance.now();
    const none = (status: "timeout" | "unreachable"): Asked => ({
      status,
      type: "",
      text: "",
      version: "",
      ms: performance.now() - began,
      large: false,
    });
    const first = this.#turn++;
    for (let i = 0; i < Math.min(2, addresses.length); i++) {
      const address = addresses[(first + i) % addresses.length]!;
      try {
        return await send(address, pair, timeoutMs);
      } catch (error) {
        if ((error as Error).name === "TimeoutError") return none("timeout");
      }
    }
    return none("unreachable");
  }
}

async function send(address: string, pair: Pair, timeoutMs: number): Promise<Asked> {
  const { method, target, headers, body } = pair;
  const began = performance.now();
  const response = await fetch(`http://${address}${target}`, {
    method,
    headers: { ...headers, "accept-encoding": "identity" },
    ...(body !== undefined && { body }),
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await bounded(response);
  return {
    status: response.status,
    type: response.headers.get("content-type") ?? "",
    text: text ?? "",
    version: response.headers.get("x-version") ?? "",
    ms: performance.now() - began,
    large: text === undefined,
  };
}
