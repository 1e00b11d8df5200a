// The secrets of workers in containers. Compose mounts a file with its own owner and mode, and workers run as another
// user, so the files of secrets/ are readable for all and the folder is closed.
import { chmodSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT, secretFix, secretProblem, type WorkerService, workers } from "../../settings/project.ts";

/** The user of workers/Dockerfile. */
export const WORKER_UID = 65532;
const FOLDER = join(ROOT, "secrets");

/** Corrects the modes in secrets/, whatever the umask was. */
export function openWorkerSecrets(folder = FOLDER): void {
  if (!existsSync(folder)) return;
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile()) chmodSync(join(folder, entry.name), 0o644);
}

/** Whether a worker's user may read the file, in a folder that everybody may enter. */
export function workerMayRead(file: string): boolean {
  const { mode, uid, gid } = statSync(file);
  if (uid === WORKER_UID) return (mode & 0o400) !== 0;
  return (mode & (gid === WORKER_UID ? 0o040 : 0o004)) !== 0;
}

interface NotStarted {
  name: string;
  reason: string;
  fix: string;
}

/** The workers that cannot start: a secret is missing, or its file is closed to the user of the container. */
export function notStarted(mayRead: (file: string) => boolean = workerMayRead): NotStarted[] {
  return workers().flatMap((worker): NotStarted[] => {
    const { name, secrets } = worker;
    const reason = secretProblem(worker);
    if (reason) return [{ name, reason, fix: secretFix(worker) }];
    const closed = secrets.find(({ file }) => !mayRead(file));
    if (!closed) return [];
    const why = `secret ${closed.name} is not readable for the user of the container`;
    return [{ name, reason: why, fix: `chmod o+r ${closed.file}` }];
  });
}

/** Prints a line for each worker that is left out. `what`: "started" or "replaced". @returns the others. */
export function startableHere(what: string, mayRead?: (file: string) => boolean): WorkerService[] {
  const left = notStarted(mayRead);
  for (const { name, reason, fix } of left)
    console.error(`warning: ${name} is not ${what}: ${reason}: ${fix}`);
  return workers().filter(({ name }) => !left.some((each) => each.name === name));
}
