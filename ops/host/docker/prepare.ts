import { ensureGatewayUser, refuseGuessable } from "../../../gateway/passwords.ts";
import { UserError } from "../../settings/fail.ts";
import { prepareCertificate } from "../certificate.ts";
import { exclusively, USERS } from "../lock.ts";
import { run } from "../run.ts";
import { BUILD_ENV } from "./build.ts";
import { renderMonitoringFiles } from "./monitoring-files.ts";
import { publishSecrets } from "./secrets.ts";

/** Certificate, users, secrets and rendered files: everything that must be there before a container starts. */
export async function prepareFiles(): Promise<void> {
  prepareCertificate();
  await ensureGatewayUser();
  await refuseGuessable();
  await exclusively(USERS, publishSecrets); // not with users read before somebody changes them
  renderMonitoringFiles();
}

/** Builds the images of these services, or all. @throws UserError with what the build complained about. */
export function build(services: string[] = []): void {
  const { ok, stdout, stderr } = run(["docker", "compose", "build", "--quiet", ...services], {
    env: BUILD_ENV,
  });
  if (ok) return;
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => /error|failed/i.test(line));
  throw new UserError(`the images cannot be built (docker compose build): ${lines.at(-1) ?? stderr}`);
}
