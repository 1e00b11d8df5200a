import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { alertReceiver } from "../lib/alert-receiver.ts";
import { caFile } from "../lib/certificate.ts";
import { ROOT, settings } from "../lib/compose.ts";
import { writeExpectedReplicas } from "../lib/expected-replicas.ts";
import { gatewayName } from "../lib/gateway.ts";
import { fill } from "../native/render.ts";

const SOURCE = join(ROOT, "monitoring");
/** Mounted into the monitoring containers by compose.yaml. */
const TARGET = join(ROOT, ".state/monitoring");

/** Fills in the few monitoring files that depend on settings; their own programs know no variables. */
export function renderMonitoringFiles(): void {
  mkdirSync(TARGET, { recursive: true });
  const variables = {
    ...settings,
    CA_FILE: "/etc/blackbox_exporter/gateway.crt",
    GATEWAY_NAME: gatewayName(),
    ...alertReceiver(),
  };
  for (const file of ["alertmanager/alertmanager.yml", "blackbox/blackbox.yml"]) {
    const template = readFileSync(join(SOURCE, `${file}.template`), "utf8");
    writeFileSync(join(TARGET, file.split("/")[1]!), fill(template, variables, file));
  }
  copyFileSync(caFile(), join(TARGET, "gateway-ca.crt"));
  chmodSync(join(TARGET, "gateway-ca.crt"), 0o644);
  writeExpectedReplicas(join(TARGET, "expected"));
}
