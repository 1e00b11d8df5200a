import { join } from "node:path";
import { mustRun } from "../../../ops/host/run.ts";
import { ROOT } from "../../../ops/settings/project.ts";
import type { Program } from "./start.ts";

const SOURCES = join(ROOT, "benchmarks/emotion/frameworks");
/** Within node_modules, so that the bundle finds its packages. */
const BUNDLES = join(SOURCES, "node_modules/.cache");
const NODE = join(SOURCES, `node_modules/node-linux-${process.arch}/bin/node`);
/** Not bundled: they run as published. The model and what it imports are bundled, because Node resolves no import of a file. */
const PACKAGES = ["fastify", "@fastify/response-validation", "pino", "prom-client"];

/** Installs the pinned packages, and Node, into the folder's node_modules, and bundles the server for Node. */
export function prepareFrameworks(): void {
  mustRun([process.execPath, "install", "--frozen-lockfile", "--cwd", SOURCES]);
  const options = ["--target=node", `--outdir=${BUNDLES}`, "--entry-naming=[name].mjs"];
  const external = PACKAGES.flatMap((name) => ["--external", name]);
  mustRun([process.execPath, "build", join(SOURCES, "fastify.ts"), ...options, ...external]);
}

export function nodeVersion(): string {
  return Bun.spawnSync([NODE, "--version"]).stdout.toString().trim();
}

/** @param logs The folder of the request logs. @param checked Whether answers are checked against their schema. */
function program(name: string, command: string[], logs: string, checked: boolean): Program {
  return (port) => ({
    command,
    env: {
      NAME: name,
      ANSWERS: checked ? "checked" : "",
      ARTIFACT: join(ROOT, "model/artifact/emotion.bin"),
      LOG_FILE: join(logs, `${name}-${port}.log`),
    },
  });
}

export const fastify = (logs: string, checked: boolean) =>
  program("fastify", [NODE, join(BUNDLES, "fastify.mjs")], logs, checked);
export const hono = (logs: string, checked: boolean) =>
  program("hono", [process.execPath, join(SOURCES, "hono.ts")], logs, checked);
