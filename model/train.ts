import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { ARTIFACT_BINARY, ARTIFACT_META, buildArtifact } from "./training/build.ts";
import { CHOSEN } from "./training/config.ts";
import { dataPaths, flag, runCommand } from "./training/options.ts";

/**
 * `bun run model/train.ts [--data CSV] [--goemotions FOLDER] [--verify]`
 * Writes the artifact; with --verify it writes nothing and exits with 1 if the committed bytes differ.
 */
function train(): number {
  const started = performance.now();
  const say = (line: string): void => {
    console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };
  const { tweets, goemotions } = dataPaths();
  const { binary, meta } = buildArtifact(CHOSEN, say, tweets, goemotions);
  if (flag("--verify")) {
    const same = isFile(ARTIFACT_BINARY, binary) && isFile(ARTIFACT_META, Buffer.from(meta));
    say(same ? "the result equals the committed artifact" : "the result DIFFERS from the committed artifact");
    return same ? 0 : 1;
  }
  writeFileSync(ARTIFACT_BINARY, binary);
  writeFileSync(ARTIFACT_META, meta);
  say(`wrote ${binary.length} bytes to ${ARTIFACT_BINARY}`);
  return 0;
}

function isFile(path: string, bytes: Uint8Array): boolean {
  return existsSync(path) && readFileSync(path).equals(bytes);
}

runCommand(train);
