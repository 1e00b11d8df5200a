// The runtime "native": processes under pm2, with the nginx of the system.
import { existsSync, readFileSync, statSync } from "node:fs";
import { PASS_HEADER, pass, REPORT_PATH, REPORT_TIMEOUT_MS } from "../../workers/runtime/shadow/contract.ts";
import { exclusively, USERS } from "../host/lock.ts";
import { reportMissingSecrets } from "../host/missing-secrets.ts";
import { prepare } from "../host/prepare.ts";
import { afterwards, deployRolling, notRunning } from "../host/roll.ts";
import { attach } from "../host/run.ts";
import type { Replacing, Running as RunningVersion, Wanted } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { compose, workers } from "../settings/project.ts";
import { refuseForNative } from "../settings/worker-fields.ts";
import { finish, removeUnusedFiles } from "./finish.ts";
import {
  check,
  emptyAuthCache,
  flushAccessLog,
  publishPasswords,
  reloadGateway,
  renderGateway,
} from "./gateway.ts";
import { renderMonitoring } from "./monitoring.ts";
import { recover } from "./orphans.ts";
import { ACCESS_LOG, GATEWAY_DIR, LOG_DIR } from "./paths.ts";
import { placeVersions } from "./placed.ts";
import { running as processesNow } from "./pm2.ts";
import { checkPorts, recordedPorts, recordPorts, wantedPorts } from "./ports.ts";
import { present } from "./processes.ts";
import { markLoaded, published } from "./publish.ts";
import { known } from "./reconcile.ts";
import {
  isBeside,
  isExtra,
  isPreview,
  processName,
  replicas,
  shadowReplica,
  withSecrets,
  withSurplus,
  workerOf,
} from "./replicas.ts";
import { dataFolders, notStarted } from "./resources.ts";
import { absent, refuseMoved, removeExtras, rollouts } from "./roll.ts";
import { start as startHere } from "./start.ts";

export { discard, stored } from "./artefacts.ts";
export { backup, restore } from "./backup.ts";
export { bundleWorkers as build } from "./bundle.ts";
export { canaryState } from "./canaries.ts";
export { publishFiles } from "./publish.ts";
export { stop } from "./stop.ts";

/** Required Debian packages, set by the Makefile. */
const PACKAGES = (process.env["NATIVE_PACKAGES"] ?? "").split(" ").filter(Boolean);

export const where = "natively";

/** None: the start installs missing packages or names them. */
export function obstacle(): undefined {
  return undefined;
}

export function isRunning(): boolean {
  return processesNow().length > 0;
}

/** @throws UserError with a field of a worker that native mode cannot honour. */
function refuseFields(): void {
  refuseForNative(
    workers().map(({ name }) => name),
    compose,
  );
}

export async function start(wanted: Wanted, replacing: Replacing): Promise<void> {
  const code = attach(["ops/bootstrap.sh", ...PACKAGES]);
  if (code !== 0) process.exit(code);
  refuseFields();
  try {
    await startHere(wanted, replacing);
  } finally {
    reportMissingSecrets("started");
  }
}

/** The access log from an offset, with what the gateway has in its buffer. */
async function accessLogFrom(offset: number): Promise<string> {
  await flushAccessLog();
  return readFileSync(ACCESS_LOG).subarray(offset).toString();
}

export async function accessLog(): Promise<string> {
  await flushAccessLog();
  return [`${ACCESS_LOG}.1`, ACCESS_LOG]
    .map((path) => (existsSync(path) ? readFileSync(path, "utf8") : ""))
    .join("");
}

/** Replaces outdated workers one replica at a time. */
export async function deploy(wanted: Wanted, replacing: Replacing): Promise<void> {
  const { versions } = wanted;
  refuseFields();
  reportMissingSecrets("replaced");
  await recover();
  const declared = new Set(known().map(({ name }) => name));
  const all = withSecrets(replicas(withSurplus(workers(), [...declared])));
  refuseMoved(all, versions);
  const present = all.filter((one) => declared.has(processName(one))).map(({ worker }) => worker.name);
  placeVersions(
    present.filter((name) => versions[name]),
    versions,
  );
  const changes = await rollouts(all, versions);
  check(GATEWAY_DIR, ["gateway"]); // it is reloaded while replicas are replaced
  replacing(changes.map(({ worker }) => worker));
  for (const name of await absent(all)) console.log(notRunning(name));
  const offset = existsSync(ACCESS_LOG) ? statSync(ACCESS_LOG).size : 0;
  try {
    await deployRolling(changes, () => accessLogFrom(offset), 0);
  } catch (error) {
    await recover(); // where pm2 was killed meanwhile
    removeUnusedFiles();
    throw error;
  }
  await afterwards(async () => {
    await recover();
    await removeExtras(all);
    await finish(wanted);
  });
}

/** Starts, replaces and ends previews, the shadow and the canary. */
export async function beside(wanted: Wanted): Promise<void> {
  refuseFields();
  await recover();
  refuseMoved(withSecrets(replicas()), wanted.versions);
  await finish(wanted);
}

export async function shadowReport(worker: string, key: string): Promise<unknown> {
  const service = workers().find(({ name }) => name === worker);
  if (!service) throw new UserError(`there is no worker ${worker}`);
  const { port } = shadowReplica(service);
  const answer = await fetch(`http://127.0.0.1:${port}${REPORT_PATH}`, {
    headers: { [PASS_HEADER]: pass(key, port, REPORT_PATH) },
    signal: AbortSignal.timeout(REPORT_TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error("it is being replaced");
  return answer.json();
}

/** The versions that run. A replica in development has none; the extra replica of a deployment is not counted. */
export function running(): RunningVersion[] {
  const found = new Map<string, RunningVersion>();
  for (const { name, status, version } of processesNow()) {
    if (!version || status !== "online" || isExtra(name) || (isBeside(name) && !isPreview(name))) continue;
    const [worker, preview] = [workerOf(name), isPreview(name)];
    const key = `${worker} ${version} ${preview}`;
    found.set(key, { worker, version, preview, replicas: (found.get(key)?.replicas ?? 0) + 1 });
  }
  return [...found.values()];
}

/** Applies templates, settings, certificate and passwords in the running gateway. No request is lost. */
export async function reload(wanted: Wanted): Promise<void> {
  const [ports, held] = [wantedPorts(replicas()), recordedPorts()];
  if (held) await checkPorts(ports, held); // nginx would keep the old ports and only log it
  await prepare();
  if (held) recordPorts(ports, held);
  const now = await published();
  await exclusively(USERS, () => renderGateway(replicas(), now)); // publishes the users
  await renderMonitoring(present(replicas())); // Alertmanager uses GATEWAY_PASSWORD too
  reloadGateway();
  markLoaded();
  await emptyAuthCache();
  await finish(wanted);
}

export function status(): void {
  const list = processesNow();
  const line = (name: string, second: string, text: string) =>
    console.log(`  ${name.padEnd(17)} ${second.padEnd(9)}${text}`);
  for (const { name, pid, status } of list) line(name, String(pid), status);
  for (const text of [...notStarted(list), ...dataFolders()]) line(...text);
}

export function logs(): number {
  return attach(["bash", "-c", `exec tail -n 20 -F ${LOG_DIR}/*.log`]);
}

export function users() {
  if (!existsSync(GATEWAY_DIR)) return undefined;
  return { place: "the native gateway", publish: publishPasswords };
}
