// The runtime "native": processes under pm2, with the nginx of the system.
import { existsSync, readFileSync, statSync } from "node:fs";
import { exclusively, USERS } from "../host/lock.ts";
import { prepare } from "../host/prepare.ts";
import { deployRolling, notRunning } from "../host/roll.ts";
import { attach } from "../host/run.ts";
import { bundleWorkers } from "./bundle.ts";
import { emptyAuthCache, publishPasswords, reloadGateway, renderGateway } from "./gateway.ts";
import { renderMonitoring } from "./monitoring.ts";
import { ACCESS_LOG, GATEWAY_DIR, LOG_DIR } from "./paths.ts";
import { running } from "./pm2.ts";
import { checkPorts, recordedPorts, recordPorts, wantedPorts } from "./ports.ts";
import { replicas } from "./replicas.ts";
import { absent, rollouts } from "./roll.ts";
import { start as startHere } from "./start.ts";

export { stop } from "./stop.ts";

/** Required Debian packages, set by the Makefile. */
const PACKAGES = (process.env["NATIVE_PACKAGES"] ?? "").split(" ").filter(Boolean);

export const where = "natively";

/** None: the start installs missing packages or names them. */
export function obstacle(): undefined {
  return undefined;
}

export function isRunning(): boolean {
  return running().length > 0;
}

export async function start(): Promise<void> {
  const code = attach(["ops/bootstrap.sh", ...PACKAGES]);
  if (code !== 0) process.exit(code);
  await startHere();
}

/** Replaces outdated workers one replica at a time. */
export async function deploy(): Promise<void> {
  const [all, versions] = [replicas(), await bundleWorkers()];
  const changes = await rollouts(all, versions);
  for (const name of absent(all, versions)) console.log(notRunning(name));
  const offset = existsSync(ACCESS_LOG) ? statSync(ACCESS_LOG).size : 0;
  await deployRolling(changes, () => readFileSync(ACCESS_LOG).subarray(offset).toString());
}

/** Applies templates, settings, certificate and passwords in the running gateway. No request is lost. */
export async function reload(): Promise<void> {
  const [wanted, held] = [wantedPorts(replicas()), recordedPorts()];
  if (held) await checkPorts(wanted, held); // nginx would keep the old ports and only log it
  await prepare();
  if (held) recordPorts(wanted, held);
  await exclusively(USERS, () => renderGateway(replicas())); // publishes the users
  renderMonitoring(replicas()); // Alertmanager uses GATEWAY_PASSWORD too
  reloadGateway();
  await emptyAuthCache();
}

export function status(): void {
  for (const { name, pid, status } of running())
    console.log(`  ${name.padEnd(18)}${String(pid).padEnd(9)}${status}`);
}

export function logs(): number {
  return attach(["bash", "-c", `exec tail -n 20 -F ${LOG_DIR}/*.log`]);
}

export function users() {
  if (!existsSync(GATEWAY_DIR)) return undefined;
  return { place: "the native gateway", publish: publishPasswords };
}
