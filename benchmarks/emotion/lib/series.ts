// What a scale measurement varies, one thing at a time: connections, replicas, sentences a request, characters a sentence.
import { join } from "node:path";
import { gatewayUrl } from "../../../ops/host/gateway-client.ts";
import type { Client, Target } from "../../lib/wrk.ts";
import { sentences, writeBodies } from "./bodies.ts";
import type { Measured } from "./measure.ts";

const CONNECTIONS = 16;
const BODIES = 500;

export interface Series {
  /** What grows. */
  title: string;
  /** What CPU time is given for. */
  unit: string;
  points: { size: number; units: number; measured: Measured }[];
}

export interface Scaled {
  v1: () => number[];
  replicas: { path: string; pids: () => number[] }[];
}

function varied(
  title: string,
  unit: string,
  sizes: readonly number[],
  of: (size: number) => { units?: number; target: Omit<Target, "name" | "headers">; client: Client },
): Series {
  const points = sizes.map((size) => {
    const { units = 1, target, client } = of(size);
    return {
      size,
      units,
      measured: { target: { name: `${size} ${title}`, headers: {}, ...target }, client },
    };
  });
  const [smallest, largest] = [points[0]!, points.at(-1)!];
  Object.assign(largest.measured, { base: smallest.measured });
  return { title, unit, points };
}

/** Texts of exactly that many characters: the data's, joined and cut. */
function cut(texts: readonly string[], length: number): string[] {
  const all = texts.join(" ").replace(/[^!-~]+/g, " ");
  const number = Math.min(BODIES, Math.floor(all.length / length));
  return Array.from({ length: number }, (_, i) => all.slice(i * length, (i + 1) * length));
}

export function allSeries(data: string, folder: string, authorization: string, scaled: Scaled): Series[] {
  const texts = sentences(data, 10_000);
  const client = (name: string, bodies: object[], connections = CONNECTIONS): Client => ({
    bodies: writeBodies(join(folder, `${name}.jsonl`), bodies),
    authorization,
    connections,
  });
  const single = texts.slice(0, BODIES).map((sentence) => ({ sentence }));
  const batch = (size: number) => {
    const start = (i: number) => (i * size) % (texts.length - size);
    return Array.from({ length: 50 }, (_, i) => ({ sentences: texts.slice(start(i), start(i) + size) }));
  };
  const at = (path: string, pids = scaled.v1) => ({ url: `${gatewayUrl()}${path}`, pids });
  return [
    varied("connections", "request", [1, 4, 16, 64], (size) => ({
      target: at("/predict"),
      client: client("single", single, size),
    })),
    varied(
      "replicas",
      "request",
      scaled.replicas.map((_, i) => i + 1),
      (size) => {
        const { path, pids } = scaled.replicas[size - 1]!;
        return { target: at(path, pids), client: client("single", single) };
      },
    ),
    varied("sentences a request", "sentence", [1, 4, 16, 64, 256], (size) => ({
      units: size,
      target: at("/predict/batch"),
      client: client(`batch-${size}`, batch(size)),
    })),
    varied("characters", "character", [10, 50, 250, 1000, 5000], (size) => ({
      units: size,
      target: at("/predict"),
      client: client(
        `text-${size}`,
        cut(texts, size).map((sentence) => ({ sentence })),
      ),
    })),
  ];
}
