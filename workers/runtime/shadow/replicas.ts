// The replicas of a version: addresses that may change while the shadow process runs.
import { lookup } from "node:dns/promises";
import type { Answer } from "./contract.ts";
import { MAX_ANSWER, type Pair, textOf } from "./pair.ts";

const RESOLVE_MS = 2000;
const MAX_DOCUMENT = 4 * 1024 * 1024;

/** An answer, and how it was got. */
export interface Asked extends Answer {
  /** The X-Version of the replica; empty where none answered. */
  version: string;
  ms: number;
  /** Why the answer is not compared. */
  unread?: "large" | "type" | "impure";
}

/** Whether a worker's requests may be asked again, or why that is not known. */
type Purity = "pure" | "impure" | "timeout" | "unreachable";

async function addressesOf(server: string): Promise<string[]> {
  const at = server.lastIndexOf(":");
  const [host, port] = [server.slice(0, at), server.slice(at + 1)];
  const found = await lookup(host, { all: true, family: 4 }).catch(() => []);
  return found.map(({ address }) => `${address}:${port}`);
}

/** An answer up to a size; the rest is not read: what a replica sends has no other limit. */
async function bounded(response: Response, most = MAX_ANSWER): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > most) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export class Replicas {
  #addresses: Promise<string[]> = Promise.resolve([]);
  #resolved = Number.NEGATIVE_INFINITY;
  #turn = 0;
  #purity: Promise<Purity> | undefined;
  /** Whether a document says that the worker is not declared pure. */
  isImpure = false;

  constructor(readonly servers: readonly string[]) {}

  addresses(): Promise<readonly string[]> {
    if (performance.now() - this.#resolved > RESOLVE_MS) {
      this.#resolved = performance.now();
      this.#addresses = Promise.all(this.servers.map(addressesOf)).then((all) => all.flat());
    }
    return this.#addresses;
  }

  /** What the first document that a replica gives says; asked again until there is one. */
  purity(timeoutMs: number): Promise<Purity> {
    this.#purity ??= this.#documented(timeoutMs).then((found) => {
      this.isImpure = found === "impure";
      if (found !== "pure" && found !== "impure") this.#purity = undefined;
      return found;
    });
    return this.#purity;
  }

  async #documented(timeoutMs: number): Promise<Purity> {
    let why: Purity = "unreachable";
    for (const address of await this.addresses()) {
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        const answer = await fetch(`http://${address}/openapi.json`, { signal });
        const bytes = answer.ok && (await bounded(answer, MAX_DOCUMENT));
        if (!bytes) continue;
        const { info } = JSON.parse(textOf(bytes) ?? "") as { info?: { "x-pure"?: boolean } };
        return info?.["x-pure"] === true ? "pure" : "impure";
      } catch (error) {
        if ((error as Error).name === "TimeoutError") why = "timeout";
      }
    }
    return why;
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
    });
    const purity = await this.purity(timeoutMs);
    if (purity === "impure") return { ...none("unreachable"), unread: "impure" };
    if (purity !== "pure") return none(purity);
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
    decompress: false, // a few bytes may become a gigabyte
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { headers: sent } = response;
  const isEncoded = !/^(identity)?$/i.test(sent.get("content-encoding") ?? "");
  const bytes = isEncoded ? undefined : await bounded(response);
  if (isEncoded) await response.body?.cancel();
  const text = bytes && textOf(bytes);
  return {
    status: response.status,
    type: sent.get("content-type") ?? "",
    text: text ?? "",
    version: sent.get("x-version") ?? "",
    ms: performance.now() - began,
    ...(text === undefined && { unread: isEncoded || bytes ? "type" : "large" }),
  };
}
