// Output for make and scripts: settings, links, the number of scrape targets, the doctor's findings.
import { caFile } from "./host/certificate.ts";
import { gatewayAddress, gatewayName, links } from "./host/gateway-client.ts";
import { expectedTargets } from "./host/scrape-targets.ts";
import { settings } from "./settings/project.ts";
import { validateNames } from "./settings/unknown.ts";
import { validateSettings } from "./settings/validate.ts";

/**
 * The settings as shell assignments, and how to reach the gateway: eval "$(bun ops/cli.ts settings)"; then
 * curl --cacert "$CA_FILE" --connect-to "::$GATEWAY_ADDRESS:" "https://$GATEWAY_NAME:$HTTPS_PORT/livez"
 */
export function printSettings(): void {
  validateSettings();
  validateNames();
  const client = {
    CA_FILE: caFile(),
    GATEWAY_NAME: gatewayName(),
    GATEWAY_ADDRESS: gatewayAddress(),
  };
  for (const [name, value] of Object.entries({ ...settings, ...client })) {
    console.log(`${name}='${value.replaceAll("'", "'\\''")}'`);
  }
}

export function printLinks(): void {
  console.log(links());
}

export function printScrapeTargets(): void {
  console.log(expectedTargets());
}

/** Risky settings, one line each; exit code 1 when there is one. */
export async function printFindings(): Promise<void> {
  const [{ CHECKS }, { gather }] = await Promise.all([
    import("./doctor/checks.ts"),
    import("./doctor/facts.ts"),
  ]);
  const facts = await gather();
  const findings = CHECKS.map((check) => check(facts));
  for (const { what, wrong, fix } of findings) {
    console.log(wrong ? `  WRONG  ${what}: ${wrong}. ${fix}` : `  ok     ${what}`);
  }
  if (findings.some(({ wrong }) => wrong)) process.exit(1);
}
