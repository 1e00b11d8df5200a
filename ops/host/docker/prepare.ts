import { UserError } from "../../settings/fail.ts";
import { exclusively, USERS } from "../lock.ts";
import { prepare } from "../prepare.ts";
import { run } from "../run.ts";
import { renderMonitoringFiles } from "./monitoring-files.ts";
import { publishSecrets } from "./secrets.ts";

/**
 * The environment of every `docker compose build`. With attestations, which are on by default, an engine that keeps
 * images in containerd gives each build another id, even when nothing changed: every start would replace every container.
 */
export const BUILD_ENV = { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };

/** Certificate, users, secrets and rendered files: everything that must be there before a container starts. */
export async function prepareFiles(bind?: string): Promise<void> {
  await prepare(bind);
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
