import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fill } from "../../../gateway/render.ts";
import { ROOT, settings } from "../../settings/project.ts";
import { alertmanagerVariables, prometheusPassword } from "../alertmanager.ts";
import { caFile } from "../certificate.ts";
import { gatewayName } from "../gateway-client.ts";
import { writeExpectedReplicas } from "../scrape-targets.ts";
import { copyFolder, openFolder } from "./mounted.ts";
import { writeSecret } from "./secrets.ts";

const SOURCE = join(ROOT, "monitoring");
/** Mounted into the monitoring containers by compose.yaml. */
const TARGET = join(ROOT, ".state/monitoring");

/** Copies what the monitoring containers read, and fills in what depends on settings: their programs know no variables. */
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
  rmSync(join(TARGET, "alertmanager.yml"), { force: true }); // where an earlier version left it, for all to read
  // The webhook's URL is a secret, and so are the hashes.
  writeSecret("alertmanager.yml", rendered("alertmanager/alertmanager.yml"));
  writeSecret("alertmanager_web.yml", rendered("alertmanager/web.yml"));
  writeSecret("alertmanager_password", prometheusPassword());
  copyFileSync(caFile(), join(TARGET, "gateway-ca.crt"));
  writeExpectedReplicas(join(TARGET, "expected"));
  for (const part of ["grafana", "prometheus"]) copyFolder(join(SOURCE, part), join(TARGET, part));
  openFolder(TARGET);
}
