import { join } from "node:path";
import { ensureGatewayUser, refuseGuessable } from "../../gateway/passwords.ts";
import { ROOT, setting } from "../lib/compose.ts";
import { UserError } from "../lib/fail.ts";
import { run } from "../lib/run.ts";
import { renderMonitoringFiles } from "./monitoring-files.ts";
import { publishSecrets } from "./secrets.ts";

/** Certificate, users, secrets and rendered files: everything that must be there before a container starts. */
export async function prepareFiles(): Promise<void> {
  const made = run([join(ROOT, "gateway/make-certs.sh")], { env: { SERVER_NAMES: setting("SERVER_NAMES") } });
  if (!made.ok) throw new UserError(made.stderr);
  if (made.stdout) console.log(made.stdout);
  await ensureGatewayUser();
  await refuseGuessable();
  publishSecrets();
  renderMonitoringFiles();
}

/** Builds the images of these services, or all. @throws UserError with what the build complained about. */
export function build(services: string[] = []): void {
  const { ok, stdout, stderr } = run(["docker", "compose", "build", "--quiet", ...services]);
  if (ok) return;
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => /error|failed/i.test(line));
  throw new UserError(`the images cannot be built (docker compose build): ${lines.at(-1) ?? stderr}`);
}
