import { mustRun } from "../lib/run.ts";
import { NOTICED_MS } from "../native/gateway.ts";
import { prepareFiles } from "./prepare.ts";

/**
 * Certificate and passwords are read again and no request is lost. What a container was started with, templates and
 * settings, is not: `make start-project` replaces the gateway for that.
 */
export async function reloadContainers(): Promise<void> {
  await prepareFiles();
  mustRun(["docker", "compose", "kill", "--signal", "HUP", "verifier-new", "verifier-recent", "gateway"]);
  await Bun.sleep(300); // a check that began with the old file would be remembered afterwards
  mustRun([
    "docker",
    "compose",
    "exec",
    "-T",
    "gateway",
    "sh",
    "-c",
    "rm -rf /run/auth/cache/* /run/auth/recent/*",
  ]);
  await Bun.sleep(NOTICED_MS);
}
