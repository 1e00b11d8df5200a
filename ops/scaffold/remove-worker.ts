// make remove-worker NAME=language-id: takes back what make new-worker wrote.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main, UserError } from "../settings/fail.ts";
import { compose, gatewaySettings, ROOT, workers } from "../settings/project.ts";
import { editWorkerNames, removeService } from "./compose-edit.ts";
import { isName } from "./names.ts";
import { type WorkerFile, workerFiles } from "./templates.ts";

const LOGS = ".state/logs";
const SPLIT = "gateway/templates/conf.d/20-header-split.conf.template";

/** What git does not have of these paths, ignored files too; undefined where git cannot say. */
function uncommitted(paths: string[]): string | undefined {
  if (!Bun.which("git")) return undefined;
  const status = ["git", "status", "--porcelain", "-uall", "--ignored", "--", ...paths];
  const { exitCode, stdout } = Bun.spawnSync(status, { cwd: ROOT });
  return exitCode === 0 ? stdout.toString() : undefined;
}

/** Files with work in them that git is not known to have; one that is still its template holds none. */
function unsaved(files: WorkerFile[]): string[] {
  const paths = files.map(({ path }) => path);
  const changed = uncommitted(paths) ?? paths.join("\n");
  return files
    .filter(({ path, fresh }) => changed.includes(path) && readFileSync(join(ROOT, path), "utf8") !== fresh)
    .map(({ path }) => path);
}

/** The logs of a worker's native replicas, rotated ones too. */
function logs(name: string): string[] {
  const all = existsSync(join(ROOT, LOGS)) ? readdirSync(join(ROOT, LOGS)) : [];
  return all.filter(
    (file) => file.startsWith(`${name}-`) && /^(\d+|next)\.log/.test(file.slice(name.length + 1)),
  );
}

/** Also one of which only a part is there, after an interrupted command or a deleted file. */
function isWorker(name: string): boolean {
  const own = [`workers/${name}.ts`, `gateway/templates/upstreams/${name}.conf.template`];
  const offered = gatewaySettings["WORKER_NAMES"]?.split(" ") ?? [];
  return isName(name) && (offered.includes(name) || own.some((path) => existsSync(join(ROOT, path))));
}

await main(() => {
  const name = process.env["NAME"] ?? "";
  if (!isWorker(name)) {
    const names = workers().map((worker) => worker.name);
    throw new UserError(
      `no worker ${name || "named: make remove-worker NAME=…"}; there are ${names.join(", ")}`,
    );
  }
  if (readFileSync(join(ROOT, SPLIT), "utf8").split(/\s+/).includes(`${name};`)) {
    throw new UserError(`${name} answers /predict: change ${SPLIT} first`);
  }
  const files = workerFiles(name).filter(({ path }) => existsSync(join(ROOT, path)));
  const lost = unsaved(files);
  if (lost.length > 0 && !process.env["FORCE"]) {
    throw new UserError(`${lost.join(", ")} not committed and would be lost; commit first or add FORCE=1`);
  }
  const path = join(ROOT, "compose.yaml");
  const text = readFileSync(path, "utf8");
  const removed = Object.hasOwn(compose.services, name) ? removeService(text, name) : text;
  writeFileSync(
    path,
    editWorkerNames(removed, (names) => names.filter((other) => other !== name)),
  );
  console.log(`  changed  compose.yaml: service ${name}, and what names it`);
  for (const file of files) {
    rmSync(join(ROOT, file.path));
    console.log(`  removed  ${file.path}`);
  }
  for (const file of logs(name)) {
    rmSync(join(ROOT, LOGS, file));
    console.log(`  removed  ${LOGS}/${file}`);
  }
  console.log("\nWhere it still runs, this stops it: make start-project");
});
