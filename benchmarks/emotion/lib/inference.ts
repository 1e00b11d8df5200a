import { UserError } from "../../../ops/settings/fail.ts";
import { ROOT } from "../../../ops/settings/project.ts";

/** Sentences a second, one by one in one thread; null where the model's bench printed no such line. */
export interface Inference {
  ours: number;
  theirs: number;
}

/** The model alone, by the model's own bench (which installs the scikit-learn it compares with). */
export function inference(data: string): Inference {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, "model/bench.ts", "--data", data], {
    cwd: ROOT,
  });
  const text = stdout.toString();
  const rounds = [...text.matchAll(/^predict, round \d+: (\d+) sentences\/s/gm)].map(([, n]) => Number(n));
  const theirs = Number(/^scikit-learn [^:]*: (\d+) sentences\/s/m.exec(text)?.[1]);
  if (exitCode !== 0 || rounds.length === 0 || !theirs) {
    throw new UserError(`bun model/bench.ts said nothing usable: ${(stderr.toString() || text).trim()}`);
  }
  return { ours: Math.max(...rounds), theirs };
}
