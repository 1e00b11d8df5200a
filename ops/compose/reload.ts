import { prepareFiles } from "../host/docker/prepare.ts";
import { mustRun } from "../host/run.ts";
import { NOTICED_MS } from "../native/gateway.ts";
import { applyConfiguration, NGINX_SERVICES, stageConfiguration, tryConfiguration } from "./configuration.ts";

/** What else reads its files again: where alerts go, what is probed, the rules. */
export function reloadMonitoring(): void {
  mustRun([
    "docker",
    "compose",
    "kill",
    "--signal",
    "HUP",
    "alertmanager",
    "blackbox-exporter",
    "prometheus",
  ]);
}

/** Templates, settings, certificate and passwords are read again in the running containers; no request is lost. */
export async function reloadContainers(): Promise<void> {
  await prepareFiles();
  stageConfiguration();
  tryConfiguration(NGINX_SERVICES);
  applyConfiguration(NGINX_SERVICES);
  reloadMonitoring();
  await Bun.sleep(300); // a check that began with the old file would be remembered afterwards
  const forget = "rm -rf /run/auth/cache/* /run/auth/recent/*";
  mustRun(["docker", "compose", "exec", "-T", "gateway", "sh", "-c", forget]);
  await Bun.sleep(NOTICED_MS);
}
