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

/** The environment, then .env: the order the whole project uses. */
export const variables = { ...Object.fromEntries(parseEnvFile(read(".env"))), ...__ENV };
const settings = resolveSettings(variables);

/** A setting's value; where it is in neither of the two, the table's default. */
export function setting(name: SettingName): string {
  return settings[name];
}

/** A number from the environment, for what only these scripts know. */
export function option(name: string, standard: number): number {
  const value = Number(__ENV[name] || standard);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0`);
  return value;
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
