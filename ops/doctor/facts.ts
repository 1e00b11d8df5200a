import { existsSync, lstatSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DNS_VALID } from "../../gateway/generated.ts";
import { guessable, readUsers } from "../../gateway/passwords.ts";
import { TIMES } from "../../gateway/render.ts";
import { checkCertificate, isGenerated, tlsFiles } from "../host/certificate.ts";
import { inMaintenance } from "../host/maintenance.ts";
import { ACCESS_LOG_DIR, AUTH_DIR, DATA_DIR, PM2_HOME, PROCESS_FILE, RUN_DIR } from "../native/paths.ts";
import { parseEnvFile } from "../settings/env-file.ts";
import { compose, ROOT, settings, workers } from "../settings/project.ts";
import { rowOf } from "../settings/table.ts";
import { isLoopback } from "../settings/validate.ts";
import { strings } from "../settings/worker-fields.ts";

/** The input of all checks; each check is a function of plain data. */
export interface Facts {
  settings: Record<string, string>;
  /** Seconds, by the name of the place that sets it. */
  seconds: Record<
    | "workerIdle"
    | "upstreamKeepalive"
    | "dnsValid"
    | "drainDelay"
    | "drainTimeout"
    | "workerGrace"
    | "shutdown"
    | "gatewayGrace",
    number
  >;
  /** The users' hashes, by name. */
  hashes: Record<string, string>;
  /** Users with a demo password; empty on loopback, where one is allowed. */
  guessable: string[];
  /** PEM; undefined before the first start. */
  certificate: string | undefined;
  key: string | undefined;
  /** Made by gateway/make-certs.sh. */
  generated: boolean;
  /** Why a start refuses the certificate; undefined when it does not. */
  refusal: string | undefined;
  /** `host:port` bindings, by service. */
  published: Record<string, string[]>;
  /** File modes of secrets, by path. */
  modes: Record<string, number>;
  /** Modes of the run folders outside the project, by path. */
  folders: Record<string, number>;
  /** Empty where the version is unreadable; `nginx` is undefined where it is not installed. */
  versions: {
    nginxImage: string;
    exporterImage: string;
    nginx: string | undefined;
    nginxFromDebian: boolean;
  };
  /** What is the case, where clients get 503. */
  maintenance: string | undefined;
  now: number;
}

/** What was checked, what is wrong (undefined: nothing), and how to fix it. */
interface Finding {
  what: string;
  wrong?: string | undefined;
  fix: string;
}

export type Check = (facts: Facts) => Finding;

/** Callers pass the condition that must hold, so NaN (an unreadable value) counts as wrong. */
export function unless(holds: boolean, wrong: string): string | undefined {
  return holds ? undefined : wrong;
}

const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** "20s", "300ms" or "2m" in seconds; NaN for anything else. */
export function duration(text = ""): number {
  const [, number = "", unit = ""] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  return Number(number || Number.NaN) * (UNITS[unit] ?? Number.NaN);
}

function read(path: string): string | undefined {
  const full = resolve(ROOT, path);
  try {
    return readFileSync(full, "utf8");
  } catch {
    return undefined; // missing or unreadable: reported by the check that needs it
  }
}

function refusal(): string | undefined {
  try {
    checkCertificate();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether a `.env` sets a secret: one of the table, or a variable whose name says so and is no path. */
export function namesSecret(env = ""): boolean {
  const isSecret = (name: string) => /PASSWORD|SECRET|TOKEN|KEY|WEBHOOK/i.test(name) && !/_FILE$/i.test(name);
  return [...parseEnvFile(env)].some(
    ([name, value]) => value && (rowOf(name)?.secret || (!rowOf(name) && isSecret(name))),
  );
}

/** Modes of the existing paths, by path. */
function modesOf(paths: string[]): Record<string, number> {
  return Object.fromEntries(
    paths
      .filter((path) => existsSync(path))
      .map((path) => [path.replace(`${ROOT}/`, ""), lstatSync(path).mode & 0o777]),
  );
}

interface Published {
  ports?: (string | { host_ip?: string; published?: string | number })[];
  stop_grace_period?: string;
  image?: string;
  environment?: Record<string, string | number>;
}

export async function gather(): Promise<Facts> {
  const services = compose.services as Record<string, Published>;
  const template = (compose as { "x-worker"?: Published })["x-worker"]; // used where there is no worker
  const worker = services[workers()[0]?.name ?? ""] ?? template;
  const environment = strings(worker?.environment);
  const secrets = [tlsFiles().key, join(ROOT, "gateway/secrets/htpasswd")];
  if (namesSecret(read(".env"))) secrets.push(join(ROOT, ".env"));
  return {
    settings,
    seconds: {
      workerIdle: Number(environment["IDLE_TIMEOUT_SECONDS"]),
      upstreamKeepalive: duration(TIMES.UPSTREAM_KEEPALIVE),
      dnsValid: duration(DNS_VALID),
      drainDelay: Number(environment["DRAIN_DELAY_MS"]) / 1000,
      drainTimeout: Number(environment["DRAIN_TIMEOUT_MS"]) / 1000,
      workerGrace: duration(worker?.stop_grace_period),
      shutdown: duration(TIMES.SHUTDOWN_TIMEOUT),
      gatewayGrace: duration(services["gateway"]?.stop_grace_period),
    },
    hashes: Object.fromEntries([...readUsers()].map(([name, { hash }]) => [name, hash])),
    guessable: isLoopback(settings["BIND_ADDRESS"] ?? "") ? [] : await guessable(),
    certificate: read(tlsFiles().certificate),
    key: read(tlsFiles().key),
    generated: isGenerated(),
    refusal: refusal(),
    published: Object.fromEntries(
      Object.entries(services).map(([name, { ports = [] }]) => [
        name,
        ports.map((port) =>
          typeof port === "string" ? port : `${port.host_ip ?? ""}:${port.published ?? ""}`,
        ),
      ]),
    ),
    modes: modesOf([...secrets, ...openSecrets(), PROCESS_FILE]),
    folders: modesOf(
      [RUN_DIR, PM2_HOME, AUTH_DIR, ACCESS_LOG_DIR, DATA_DIR].filter((path) => !path.startsWith(ROOT)),
    ),
    versions: {
      nginxImage: /^FROM nginx:([\d.]+)/m.exec(read("gateway/Dockerfile") ?? "")?.[1] ?? "",
      exporterImage: /:(\d[\w.-]*)/.exec(services["nginx-exporter"]?.image ?? "")?.[1] ?? "",
      nginx: Bun.which("nginx") ? (/nginx\/([\d.]+)/.exec(run(["nginx", "-v"]))?.[1] ?? "") : undefined,
      nginxFromDebian: run(["dpkg-query", "-W", "-f", "${Status}", "nginx"]).includes("ok installed"),
    },
    maintenance: inMaintenance(),
    now: Date.now(),
  };
}

/** Secrets of workers that no closed folder protects; the folder for those in secrets/, which containers read. */
function openSecrets(): string[] {
  const files = workers().flatMap(({ secrets }) => secrets.map(({ file }) => file));
  const open = files.filter((file) =>
    Object.values(modesOf([dirname(file)])).some((mode) => (mode & 0o077) !== 0),
  );
  return [...new Set(open.map((file) => (dirname(file) === join(ROOT, "secrets") ? dirname(file) : file)))];
}

function run(command: string[]): string {
  if (!Bun.which(command[0]!)) return "";
  const { stdout, stderr } = Bun.spawnSync(command);
  return stdout.toString() + stderr.toString();
}
