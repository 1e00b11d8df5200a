import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fill } from "../../../gateway/render.ts";
import { ROOT, settings } from "../../settings/project.ts";
import { alertmanagerVariables, prometheusPassword } from "../alertmanager.ts";
import { caFile } from "../certificate.ts";
import { gatewayName } from "../gateway-client.ts";
import { exclusively, USERS } from "../lock.ts";
import { prepare } from "../prepare.ts";
import { writeExpectations } from "../scrape-targets.ts";
import { copyFolder, openFolder, publishSecrets, writeSecret } from "./mounted.ts";
import { openWorkerSecrets } from "./worker-secrets.ts";

/** Prepares certificate, users, secrets and rendered files before a container starts. */
export async function prepareFiles(bind?: string): Promise<void> {
  await prepare(bind);
  await exclusively(USERS, publishSecrets); // no user change between reading and writing
  openWorkerSecrets();
  renderMonitoringFiles();
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
