import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fill } from "../../../gateway/render.ts";
import { UserError } from "../../settings/fail.ts";
import { ROOT, settings } from "../../settings/project.ts";
import { alertmanagerVariables, prometheusPassword } from "../alertmanager.ts";
import { caFile } from "../certificate.ts";
import { gatewayName } from "../gateway-client.ts";
import { exclusively, USERS } from "../lock.ts";
import { prepare } from "../prepare.ts";
import { run } from "../run.ts";
import { writeExpectations } from "../scrape-targets.ts";
import { copyFolder, openFolder, publishSecrets, writeSecret } from "./mounted.ts";
import { openWorkerSecrets } from "./worker-secrets.ts";

/**
 * The environment of `docker compose build`. With attestations, on by default, an engine with the containerd image store
 * gives each build a new id, and every start would replace every container.
 */
const BUILD_ENV = { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };

/** Prepares certificate, users, secrets and rendered files before a container starts. */
export async function prepareFiles(bind?: string): Promise<void> {
  await prepare(bind);
  await exclusively(USERS, publishSecrets); // no user change between reading and writing
  openWorkerSecrets();
  renderMonitoringFiles();
}

/** Before each line of BuildKit's plain output, and of the summary of the failed step. */
const STEP = /^(?:#\d+ )?\d+\.\d+ /;
const IN_IMAGE = /^\s+at (?:\/src\/)?(\S+:\d+:\d+)$/;

/** Errors of apt, npm, curl and Bun. */
const PROGRAM = /^(E: |npm (ERR!|error) |curl: \()/;
const NETWORK =
  /^(E: |W: |npm |curl: |error: ).*(Failed to fetch|Could not (resolve|connect)|failure resolving|Connection ?(failed|refused|reset|timed out)|ETIMEDOUT|EAI_AGAIN|ECONNRESET)/i;

/** The error of a program in the failed step; apt's network errors come before its last one, as warnings or errors. */
function programError(lines: readonly string[]): string | undefined {
  const network = lines.findLast((line) => NETWORK.test(line));
  if (network) return `${network.replace(/^error: /, "")} (a network error: run it again)`;
  const own = lines.find((line) => line.startsWith("error: ")); // of workers/build/
  return own?.slice("error: ".length) ?? lines.findLast((line) => PROGRAM.test(line));
}

/** The error of a build: that of the bundler with its place, as `file:line:column: message`, otherwise the last error line. */
export function imageError(output: string): string {
  const lines = output.split("\n").map((line) => line.replace(STEP, ""));
  const head = lines.findIndex((line, i) => line.startsWith("error: ") && IN_IMAGE.test(lines[i + 1] ?? ""));
  const [, place = ""] = IN_IMAGE.exec(lines[head + 1] ?? "") ?? [];
  if (head >= 0) return `${place}: ${lines[head]?.slice("error: ".length)}`;
  return programError(lines) ?? lines.findLast((line) => /error|failed/i.test(line)) ?? output;
}

/** Builds the images of these services, or all. @throws UserError with the error of the build. */
export function build(services: string[] = [], command: string[] = ["docker", "compose", "build"]): void {
  const { ok, stdout, stderr } = run([...command, ...services], {
    env: { ...BUILD_ENV, BUILDKIT_PROGRESS: "plain" }, // with --quiet the output of a failed RUN is lost
  });
  if (ok) return;
  throw new UserError(`the images cannot be built: ${imageError(`${stdout}\n${stderr}`)}`);
}

const SOURCE = join(ROOT, "monitoring");
/** Mounted into the monitoring containers by compose.yaml. */
const TARGET = join(ROOT, ".state/monitoring");

/** Copies the files of the monitoring containers and fills in the settings; these programs expand no variables. */
export function renderMonitoringFiles(): void {
  mkdirSync(TARGET, { recursive: true });
  const variables = {
    ...settings,
    CA_FILE: "/etc/blackbox_exporter/gateway.crt",
    GATEWAY_NAME: gatewayName(),
    ...alertmanagerVariables(),
  };
  const rendered = (file: string) =>
    fill(readFileSync(join(SOURCE, `${file}.template`), "utf8"), variables, file);
  writeFileSync(join(TARGET, "blackbox.yml"), rendered("blackbox/blackbox.yml"));
  rmSync(join(TARGET, "alertmanager.yml"), { force: true }); // written here, readable for all, by an earlier version
  // The webhook URL and the hashes are secrets.
  writeSecret("alertmanager.yml", rendered("alertmanager/alertmanager.yml"));
  writeSecret("alertmanager_web.yml", rendered("alertmanager/web.yml"));
  writeSecret("alertmanager_password", prometheusPassword());
  copyFileSync(caFile(), join(TARGET, "gateway-ca.crt"));
  writeExpectations(join(TARGET, "expected"));
  for (const part of ["grafana", "prometheus"]) copyFolder(join(SOURCE, part), join(TARGET, part));
  openFolder(TARGET);
}
