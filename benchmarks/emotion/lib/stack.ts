import { gatewayUrl } from "../../../ops/host/gateway-client.ts";
import { reload } from "../../../ops/lifecycle.ts";
import { running } from "../../../ops/native/pm2.ts";
import type { Target } from "../../lib/wrk.ts";
import { type Servers, startBeside } from "./beside.ts";
import { fastify, hono } from "./frameworks.ts";
import { type Change, likeV1, toUpstream, unlikeV1, WITHOUT } from "./locations.ts";
import { originalCommand } from "./original.ts";
import { bare, plainElysia } from "./start.ts";

const REPLICAS = 3; // of each server to compare with, as api-v1 has in compose.yaml

/** Behind a location like v1's. */
const FRAMEWORKS = [
  { name: "Fastify", folder: "bench-fastify", server: fastify, checked: false },
  { name: "Fastify, answers checked", folder: "bench-fastify-checked", server: fastify, checked: true },
  { name: "Hono", folder: "bench-hono", server: hono, checked: false },
  { name: "Hono, answers checked", folder: "bench-hono-checked", server: hono, checked: true },
];
export const RIVALS = FRAMEWORKS.map(({ name }) => name);

/** v1 with one feature less. */
export interface Variant {
  feature: string;
  target: Target;
  base: Target;
}

const url = (path: string) => `${gatewayUrl()}${path}`;

/** The pids of a worker of the project. */
export function replicasOf(worker: string): number[] {
  return running().flatMap(({ name, pid }) => (name.startsWith(`${worker}-`) ? [pid] : []));
}

/** Starts the servers to compare with and adds them to the running gateway, until its next reload. @param logs Of the servers. */
export async function startStack(logs: string) {
  await reload(); // with the limit lifted: RATE_LIMIT and RATE_BURST come from make
  const locations = [unlikeV1()];
  const add = (name: string, path: string, pids: () => number[], ...changes: Change[]): Target => {
    locations.push(likeV1(path, ...changes));
    return { name, url: url(path), headers: {}, pids };
  };
  const group = (name: string, program: Servers["program"], ready = "/readyz"): Servers => ({
    name,
    program,
    replicas: REPLICAS,
    ready,
  });
  const groups = [
    group("bench-bare", bare, "/"),
    group("bench-original", originalCommand),
    ...FRAMEWORKS.map(({ folder, server, checked }) => group(folder, server(logs, checked))),
    group("bench-schema", plainElysia(true)),
    group("bench-plain", plainElysia(false)),
  ];
  const behind = (upstream: string) => () => beside.pids(upstream);
  const at = (name: string, upstream: string) =>
    add(name, `/bench/${upstream}`, behind(upstream), toUpstream(upstream));
  const v1 = replicasOf("api-v1");
  const v2 = replicasOf("api-v2");
  const rivals = FRAMEWORKS.map(({ name, folder }) => at(name, folder));
  const target = (name: string, path: string, pids: () => number[], headers = {}): Target => ({
    name,
    url: url(path),
    headers,
    pids,
  });
  const fortress = target("Fortress v1", "/predict", () => v1);
  const [schema, plain] = [
    at("plain Elysia", "bench-schema"),
    at("plain Elysia, no schema", "bench-plain"),
  ] as const;
  const variant = (feature: string, target: Target, base = fortress): Variant => ({ feature, target, base });
  const variants = [
    variant(
      "nothing: a copy of v1's location",
      add("v1 again", "/bench/copy", () => v1),
    ),
    ...Object.entries(WITHOUT).map(([feature, change], i) =>
      variant(
        feature,
        add(`v1 without ${feature}`, `/bench/without-${i}`, () => v1, change as Change),
      ),
    ),
    variant("the worker's request log, metrics, request id, problem documents", schema),
    variant("validation of request and answer", plain, schema),
  ];
  const beside = await startBeside(groups, locations);
  return {
    fortress,
    servers: [
      target("nginx return 200", "/bench/return", () => []),
      target("bare Bun.serve", "/bench/bare", behind("bench-bare")),
      fortress,
      target("Fortress v2", "/predict", () => v2, { "X-Experiment-Group": "debug" }),
      ...rivals,
      target("original", "/bench/original", behind("bench-original")),
    ],
    variants,
    /** Those that answer and refuse as v1. */
    alike: [fortress, ...rivals, ...variants.flatMap(({ target }) => (target === plain ? [] : [target]))],
    end: beside.end,
  };
}
