import { parseEnvFile } from "../../ops/settings/env-file.ts";

/** A file's text; empty where there is none. A relative path starts at the project's root. */
export function read(path: string): string {
  if (path === "") return "";
  try {
    return open(path.startsWith("/") ? path : import.meta.resolve(`../../${path}`));
  } catch {
    return "";
  }
}

const compose = read("compose.yaml");
const fallback = new Map(
  [...compose.matchAll(/\$\{([A-Z_]+):-([^{}]*)\}/g)].map(([, name = "", value = ""]) => [name, value]),
);
const file = parseEnvFile(read(".env"));

/** The environment, then .env, then the default in compose.yaml: the order the whole project uses. */
export function setting(name: string): string {
  const value = __ENV[name] || file.get(name) || fallback.get(name);
  if (!value) throw new Error(`compose.yaml has no variable ${name}`);
  return value;
}

/** A number from the environment, for what only these scripts know. */
export function option(name: string, standard: number): number {
  const value = Number(__ENV[name] || standard);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0`);
  return value;
}

/** deploy.replicas of a service in compose.yaml; REPLICAS overrides it, for a scaled project. */
export function replicas(service: string): number {
  const block = new RegExp(`^  ${service}:\\n(?:    .*\\n)*?    deploy: .*?replicas: (\\d+)`, "m").exec(
    compose,
  );
  return option("REPLICAS", Number(block?.[1] ?? 1));
}

const [, count = "10", unit = "s"] = /^(\d+)r\/([sm])$/.exec(setting("RATE_LIMIT")) ?? [];

/** The gateway's limit for one client: requests a second, how many more at once, status of a refusal. */
export const limit = {
  rate: Number(count) / (unit === "m" ? 60 : 1),
  burst: Number(setting("RATE_BURST")),
  status: Number(setting("RATE_LIMIT_STATUS")),
};

/** Requests a second that one client may send for ever: a fifth below the limit, for a sender that stutters. */
export const steady = Math.max(1, Math.floor(limit.rate * 0.8));
/** Seconds until the gateway has forgotten what setup() asked. */
export const settled = Math.ceil((limit.burst + 1) / limit.rate) + 1;
