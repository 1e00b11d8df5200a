// The canary's files: its state, and the file whose name is the share, which nginx looks for (gateway/canary.ts).
import { lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CanaryState, STATE_FILE } from "./contract.ts";

export function writeState(folder: string, state: CanaryState): void {
  const path = join(folder, STATE_FILE);
  writeFileSync(`${path}.new`, JSON.stringify(state));
  renameSync(`${path}.new`, path);
}

const SHARE = /^\d{1,3}(\.\d{1,2})?$/;

/** The higher share counts, so it stays in effect until the file of the lower one is there. */
export function writeShare(folder: string, share: number): void {
  const file = share > 0 ? String(share) : undefined;
  const isThere = (name: string) => lstatSync(join(folder, name), { throwIfNoEntry: false })?.isFile();
  if (file && !isThere(file)) {
    rmSync(join(folder, file), { recursive: true, force: true });
    writeFileSync(join(folder, file), "");
  }
  for (const name of readdirSync(folder))
    if (SHARE.test(name) && name !== file) rmSync(join(folder, name), { recursive: true, force: true });
}
