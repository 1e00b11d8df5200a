import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../settings/project.ts";

/** A secret of this checkout below .state: made at its first use, for its owner alone, and anew when it is lost. */
export function madeOnce(name: string, make: () => string, state = join(ROOT, ".state")): string {
  const path = join(state, name);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, make(), { mode: 0o600 });
  }
  return readFileSync(path, "utf8");
}

export function randomText(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}
