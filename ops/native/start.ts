// Starts the project natively; idempotent.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { releasesFiles } from "../../gateway/releases.ts";
import { VERIFIERS } from "../../gateway/render.ts";
import { links } from "../host/gateway-client.ts";
import { exclusively, USERS } from "../host/lock.ts";
import { publishedMaintenance } from "../host/maintenance.ts";
import { prepare } from "../host/prepare.ts";
import { type Check, ready, sayBeforeStop, withOutcome } from "../host/ready.ts";
import { afterwards, replace } from "../host/roll.ts";
import type { Replacing, Wanted } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT, startable } from "../settings/project.ts";
import { validateSettings } from "../settings/validate.ts";
import { startedByRoot } from "./accounts.ts";
import { keptCanary } from "./canaries.ts";
import { finish } from "./finish.ts";
import { ownFolder, refuseForeign } from "./folders.ts";
import {
  ALL_NGINX,
  emptyAuthCache,
  type Nginx,
  reloadGateway,
  renderGateway,
  TLS_COPIES,
} from "./gateway.ts";
import { monitoringProcesses, renderMonitoring } from "./monitoring.ts";
import { recover } from "./orphans.ts";
import {
  ACCESS_LOG_DIR,
  AUTH_DIR,
  DATA_DIR,
  GATEWAY_DIR,
  LOG_DIR,
  MONITORING_DIR,
  PM2_HOME,
  RUN_DIR,
} from "./paths.ts";
import { placeVersions } from "./placed.ts";
import { currentProcesses } from "./pm2.ts";
import { checkPorts, recordedPorts, recordPorts, wantedPorts } from "./ports.ts";
import { kept } from "./previews.ts";
import { present, processes } from "./processes.ts";
import { markLoaded, PUBLISHED, published, writeReleases } from "./publish.ts";
import { type Changes, reconcile, summary } from "./reconcile.ts";
import { isBeside, type Replica, replicas, withSecrets } from "./replicas.ts";
import { rollouts } from "./roll.ts";
import { keptShadow } from "./shadows.ts";
import { replicaNotReady } from "./sockets.ts";
import { orphanedProcesses, stop } from "./stop.ts";
import { moveOut } from "./storage.ts";
import { watch } from "./watch.ts";

/** The fingerprint of the last reload, so that a start after a failed one reloads. */
const APPLIED = join(RUN_DIR, "gateway.sha256");

/** A digest of the rendered gateway configuration, its passwords and its certificate; publish.ts compares what it writes. */
function fingerprint(): string {
  const hash = createHash("sha256");
  const files = readdirSync(GATEWAY_DIR, { recursive: true, encoding: "utf8" });
  const own = files.filter((name) => name.endsWith(".conf") && !PUBLISHED.includes(name)).sort();
  for (const file of [...own, "htpasswd", ...Object.values(TLS_COPIES)]) {
    hash.update(`${file}\0`).update(readFileSync(join(GATEWAY_DIR, file)));
  }
  return hash.digest("hex");
}

/** Creates the run folders; those for a single account are closed to the others. */
function makeFolders(): void {
  for (const folder of [RUN_DIR, GATEWAY_DIR, MONITORING_DIR])
    ownFolder(folder, startedByRoot ? 0o711 : 0o700);
  ownFolder(PM2_HOME, 0o700);
  moveOut();
}

/** Why a verifier does not answer 401 to a request without credentials. */
async function verifierFailure(name: string): Promise<string | undefined> {
  const unix = join(AUTH_DIR, `verifier-${name}.sock`);
  const { status } = await fetch("http://verifier/", { unix, signal: AbortSignal.timeout(5000) });
  return status === 401 ? undefined : `it answers ${status}`;
}

function ownChecks(all: Replica[]): Check[] {
  return [
    ...all.map((replica) => ({
      what: `${replica.worker.name}/${replica.index}`,
      missing: () => replicaNotReady(replica),
    })),
    ...VERIFIERS.map((name) => ({ what: `the verifier (${name})`, missing: () => verifierFailure(name) })),
  ];
}

/** Starts what does not run yet, reloads the gateway and waits until everything is ready. */
async function startOthers(
  wanted: Wanted,
  all: Replica[],
  first: boolean,
  applied: string,
): Promise<{ changes: Changes; reload: Nginx[] }> {
  await renderMonitoring(present(all)); // now, so that Prometheus expects no replica before it is started
  const before = await currentProcesses();
  const beside = [
    ...kept(wanted.previews, before),
    ...keptShadow(wanted, before),
    ...keptCanary(wanted, before),
  ];
  const list = processes(all, wanted.versions, beside);
  const watched = watch(
    list.map(({ name }) => name).filter((name) => !isBeside(name)), // one that ends is no failure of the start
    monitoringProcesses().map(({ name }) => name),
    before,
  );
  const changes = await reconcile(list);
  watched.begin(await currentProcesses());
  const begun = new Set(changes.start.map(({ name }) => name));
  writeReleases(releasesFiles(await published()));
  const reload = !first && applied !== fingerprint() ? ALL_NGINX.filter((name) => !begun.has(name)) : [];
  reloadGateway(reload);
  if (reload.length > 0) await emptyAuthCache();
  writeFileSync(APPLIED, fingerprint());
  if (first || reload.includes("gateway")) markLoaded();
  try {
    await ready(LOG_DIR, ownChecks(withSecrets(all)), startable(), watched.check);
  } catch (error) {
    if (first) {
      sayBeforeStop(error);
      await stop();
    }
    throw withOutcome(error, first);
  }
  recordPorts(wantedPorts(all));
  await afterwards(() =>
    finish(wanted).catch((error) => {
      throw withOutcome(error, false);
    }),
  );
  return { changes, reload };
}

export async function start(wanted: Wanted, replacing: Replacing): Promise<void> {
  const { versions } = wanted;
  validateSettings();
  if (/[\s"'\\;{}$]/.test(ROOT))
    throw new UserError(
      `native mode cannot run from ${ROOT}: a path in its nginx configuration may not hold spaces, quotes or braces`,
    );
  for (const folder of [RUN_DIR, ACCESS_LOG_DIR, DATA_DIR]) refuseForeign(folder);
  refuseForeign(AUTH_DIR, 0o700);
  const all = replicas();
  const first = (await currentProcesses()).length === 0;
  if (first && orphanedProcesses().length > 0) {
    console.log("stopping orphaned processes");
    await stop();
  }
  if (!first) await recover();
  const ports = wantedPorts(all);
  const held = first ? [] : recordedPorts();
  if (held) await checkPorts(ports, held, new Set(orphanedProcesses()));

  await prepare();
  makeFolders();
  recordPorts(ports, held);
  const applied = !first && existsSync(APPLIED) ? readFileSync(APPLIED, "utf8") : "";
  const own = withSecrets(all);
  const names = [...new Set(own.map(({ worker }) => worker.name))];
  const built = process.env["WATCH"] ? [] : names;
  placeVersions(built, versions);
  // At the first start nothing answers yet: the gateway begins with what will run, and need not reload.
  const live = built.map((worker) => ({ worker, version: versions[worker] ?? "" }));
  const soon = { live, previews: [], ...publishedMaintenance() };
  const expected = first ? soon : await published();
  await exclusively(USERS, () => renderGateway(all, expected)); // publishes the users

  const rolled = first ? [] : await rollouts(own, versions);
  replacing(first ? names : rolled.map(({ worker }) => worker));
  await replace(rolled);
  const rest = () => startOthers(wanted, all, first, applied);
  const { changes, reload } = await (first ? rest() : afterwards(rest));
  const lines = summary(changes, reload);
  if (lines.length + rolled.length === 0) console.log("already running: nothing to change");
  for (const line of lines) console.log(line);
  if (!Bun.which("grafana-server")) console.log("Grafana is not installed: disabled");
  if (!startedByRoot) console.log("not started by root: all processes run as the current user");
  console.log(links());
}
