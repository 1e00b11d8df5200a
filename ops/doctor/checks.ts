import { isLoopback, passwordProblem } from "../settings/validate.ts";
import { certificates } from "./certificate.ts";
import { type Check, unless } from "./facts.ts";

const MIN_COST = 10;
/** The first stable nginx with the fixes of 2026 for captures in rewrite and map. */
const SAFE_NGINX = "1.30.4";
const RETRACTED_EXPORTER = "1.5.2";

function older(version: string, than: string): boolean {
  return Bun.semver.order(version, than) < 0;
}

const timeouts: Check[] = [
  ({ seconds: { workerIdle, upstreamKeepalive } }) => ({
    what: "the gateway closes idle connections to workers before the workers do",
    wrong: unless(
      workerIdle > upstreamKeepalive,
      `keep-alive ${upstreamKeepalive} s, worker ${workerIdle} s`,
    ),
    fix: "raise IDLE_TIMEOUT_SECONDS, or lower UPSTREAM_KEEPALIVE in gateway/generated.ts",
  }),
  ({ seconds: { drainDelay, dnsValid } }) => ({
    what: "a stopping worker listens longer than the gateway caches its address",
    wrong: unless(drainDelay > dnsValid, `drain delay ${drainDelay} s, DNS valid ${dnsValid} s`),
    fix: "raise DRAIN_DELAY_MS in compose.yaml above DNS_VALID in gateway/generated.ts",
  }),
  ({ seconds: { workerGrace, drainDelay, drainTimeout } }) => ({
    what: "a worker finishes its drain before the runtime kills it",
    wrong: unless(
      workerGrace > drainDelay + drainTimeout,
      `grace ${workerGrace} s, drain ${drainDelay + drainTimeout} s`,
    ),
    fix: "raise stop_grace_period of the workers in compose.yaml",
  }),
  ({ seconds: { gatewayGrace, shutdown } }) => ({
    what: "the gateway finishes requests in progress before it is killed",
    wrong: unless(gatewayGrace > shutdown, `grace ${gatewayGrace} s, worker_shutdown_timeout ${shutdown} s`),
    fix: "raise stop_grace_period of the gateway in compose.yaml",
  }),
];

const passwords: Check[] = [
  ({ hashes }) => {
    const weak = Object.entries(hashes).filter(([, hash]) => {
      const [, cost] = /^\$2[aby]\$(\d\d)\$/.exec(hash) ?? [];
      return Number(cost ?? 0) < MIN_COST;
    });
    return {
      what: `every password hash is bcrypt with cost ${MIN_COST} or more`,
      wrong: unless(weak.length === 0, `others: ${weak.map(([name]) => name).join(", ")}`),
      fix: "make user-add NAME=... sets a new password",
    };
  },
  ({ settings, guessable }) => {
    const open = !isLoopback(settings["BIND_ADDRESS"] ?? "");
    const problem = passwordProblem(settings["GATEWAY_PASSWORD"] ?? "");
    const found = [...guessable, ...(problem ? ["GATEWAY_PASSWORD"] : [])];
    return {
      what: open
        ? "no guessable password on a public address"
        : "default passwords are used on loopback only",
      wrong: unless(
        !open || found.length === 0,
        `BIND_ADDRESS is ${settings["BIND_ADDRESS"]}: ${found.join(", ")}`,
      ),
      fix: "set GATEWAY_PASSWORD in .env; make user-add NAME=... or user-remove for other users",
    };
  },
  ({ modes }) => {
    const open = Object.entries(modes).filter(([, mode]) => (mode & 0o077) !== 0);
    return {
      what: "secrets are readable only by their owner",
      wrong: unless(
        open.length === 0,
        open.map(([path, mode]) => `${path} is ${mode.toString(8)}`).join(", "),
      ),
      fix: `chmod go= ${open.map(([path]) => path).join(" ")}`,
    };
  },
  ({ folders }) => {
    const open = Object.entries(folders).filter(([, mode]) => (mode & 0o026) !== 0); // x alone: others may pass, not list
    return {
      what: "run folders are closed to other users of this machine",
      wrong: unless(
        open.length === 0,
        open.map(([path, mode]) => `${path} is ${mode.toString(8)}`).join(", "),
      ),
      fix: `chmod g-w,o-rw ${open.map(([path]) => path).join(" ")}`,
    };
  },
];

const exposure: Check[] = [
  ({ published }) => {
    const open = Object.entries(published).filter(
      ([name, ports]) => name !== "gateway" && ports.some((port) => !port.startsWith("127.0.0.1:")),
    );
    return {
      what: "metrics and dashboards are published on loopback only",
      wrong: unless(
        open.length === 0,
        open.map(([name, ports]) => `${name} on ${ports.join(", ")}`).join("; "),
      ),
      fix: "prefix these ports with 127.0.0.1: in compose.yaml",
    };
  },
  ({ versions: { nginxImage, exporterImage, nginx, nginxFromDebian } }) => {
    const bad: string[] = [];
    const image = "gateway/Dockerfile: nginx";
    if (!nginxImage) bad.push(`${image}, version unreadable`);
    else if (older(nginxImage, SAFE_NGINX)) bad.push(`${image} ${nginxImage}`);
    if (!exporterImage) bad.push("nginx-exporter, version unreadable");
    if (exporterImage === RETRACTED_EXPORTER) bad.push(`nginx-exporter ${exporterImage} was retracted`);
    // Debian backports fixes to its older version.
    if (nginx === "" && !nginxFromDebian) bad.push("this machine's nginx, version unreadable");
    if (nginx && !nginxFromDebian && older(nginx, SAFE_NGINX)) bad.push(`this machine's nginx ${nginx}`);
    return {
      what: "no version with known vulnerabilities",
      wrong: unless(bad.length === 0, bad.join(", ")),
      fix: `nginx ${SAFE_NGINX} or newer, or Debian's with apt-get upgrade`,
    };
  },
];

const maintenance: Check = (facts) => ({
  what: "clients are answered",
  wrong: facts.maintenance,
  fix: "make maintenance STATE=off",
});

export const CHECKS: readonly Check[] = [
  ...timeouts,
  ...passwords,
  ...certificates,
  ...exposure,
  maintenance,
];
