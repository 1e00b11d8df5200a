import { parseEnvFile } from "../../ops/settings/env-file.ts";
import { resolveSettings, type SettingName } from "../../ops/settings/table.ts";

/** A file's text; empty where there is none. A relative path starts at the project's root. */
export function read(path: string): string {
  if (path === "") return "";
  try {
    return open(path.startsWith("/") ? path : import.meta.resolve(`../../${path}`));
  } catch {
    return "";
  }
}

/** The environment overrides .env, as in the whole project. */
export const variables = { ...Object.fromEntries(parseEnvFile(read(".env"))), ...__ENV };
const settings = resolveSettings(variables);

/** A setting's value from the environment, .env or ops/settings/table.ts. */
export function setting(name: SettingName): string {
  return settings[name];
}

/** A number from the environment, for options of these scripts. */
export function option(name: string, standard: number): number {
  const value = Number(__ENV[name] || standard);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0`);
  return value;
}

const [, count = "10", unit = "s"] = /^(\d+)r\/([sm])$/.exec(setting("RATE_LIMIT")) ?? [];

/** The gateway's limit for one client: requests a second, burst, status of a refusal. */
export const limit = {
  rate: Number(count) / (unit === "m" ? 60 : 1),
  burst: Number(setting("RATE_BURST")),
  status: Number(setting("RATE_LIMIT_STATUS")),
};

/** Requests a second below the limit; the margin of a fifth absorbs jitter of the sender. */
export const steady = Math.max(1, Math.floor(limit.rate * 0.8));
/** Seconds until the requests of setup() no longer count against the burst. */
export const settled = Math.ceil((limit.burst + 1) / limit.rate) + 1;
