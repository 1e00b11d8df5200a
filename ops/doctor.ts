// Finds risky settings. One line each; exit code 1 when something is wrong.
import { CHECKS } from "./doctor/checks.ts";
import { gather } from "./doctor/facts.ts";

export async function doctor(): Promise<void> {
  const facts = await gather();
  const findings = CHECKS.map((check) => check(facts));
  for (const { what, wrong, fix } of findings) {
    console.log(wrong ? `  WRONG  ${what}: ${wrong}. ${fix}` : `  ok     ${what}`);
  }
  if (findings.some(({ wrong }) => wrong)) process.exit(1);
}
