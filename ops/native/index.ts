// The runtime "native": processes of this machine under pm2, and nginx of the system.
import { existsSync, readFileSync, statSync } from "node:fs";
import { exclusively, USERS } from "../host/lock.ts";
import { prepare } from "../host/prepare.ts";
import { deployRolling } from "../host/roll.ts";
import { attach } from "../host/run.ts";
import { bundleWorkers } from "./bundle.ts";
import { forgetVerified, publishPasswords, reloadGateway, renderGateway } from "./gateway.ts";
import { renderMonitoring } from "./monitoring.ts";
import { ACCESS_LOG, GATEWAY_DIR, LOG_DIR } from "./paths.ts";
import { running } from "./pm2.ts";
import { checkPorts, heldPorts, holdPorts, wantedPorts } from "./ports.ts";
import { replicas } from "./replicas.ts";
import { rollouts } from "./roll.ts";
import { start as startHere } from "./start.ts";

export { stop } from "./stop.ts";

/** Debian's packages that it needs; `make` names them. */
const PACKAGES = (process.env["NATIVE_PACKAGES"] ?? "").split(" ").filter(Boolean);

export const where = "natively";

/** Whatever it lacks, its start installs or names. */
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

/** Replaces, one at a time, the running workers that are not what the source says. */
export async function deploy(): Promise<void> {
  const changes = rollouts(replicas(), await bundleWorkers());
  const offset = existsSync(ACCESS_LOG) ? statSync(ACCESS_LOG).size : 0;
  await deployRolling(changes, () => readFileSync(ACCESS_LOG).subarray(offset).toString());
}

/** Lets the running gateway read templates, settings, certificate and passwords again; drops no request. */
export async function reload(): Promise<void> {
  const [wanted, held] = [wantedPorts(replicas()), heldPorts()];
  if (held) await checkPorts(wanted, held); // nginx would go on with the old ones, and say so in its log alone
  await prepare();
  if (held) holdPorts(wanted, held);
  await exclusively(USERS, () => renderGateway(replicas())); // it publishes the users
  renderMonitoring(replicas()); // a changed GATEWAY_PASSWORD is Alertmanager's too
  reloadGateway();
  await forgetVerified();
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
