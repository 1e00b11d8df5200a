// Runs load tests one after another against the running project and prints a summary.
// Arguments: names of scripts; without arguments burst, distribution and ab-split.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { caFile } from "../../ops/host/certificate.ts";
import { gatewayAddress, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { main, UserError } from "../../ops/settings/fail.ts";
import { ROOT } from "../../ops/settings/project.ts";
import { startControl } from "./control.ts";
import { page, type Summary, table } from "./report.ts";

const STANDARD = ["burst", "distribution", "ab-split"].filter((name) =>
  existsSync(join(ROOT, `loadtests/${name}.ts`)),
); // ab-split is part of the example, which can be removed
const K6 = join(ROOT, "loadtests/k6/k6.sh");
const ca = relative(ROOT, caFile());
const OUT = "test-output/loadtests";
const PROGRESS_MS = 15_000;

async function run(name: string, controlUrl: string): Promise<Summary> {
  const summary = join(OUT, `${name}.json`);
  rmSync(join(ROOT, summary), { force: true });
  const child = Bun.spawn([K6, "run", "--quiet", `loadtests/${name}.ts`], {
    cwd: ROOT,
    env: {
      ...process.env,
      SSL_CERT_FILE: ca, // relative, so that it is valid in a container as well
      CA_FILE: ca,
      GATEWAY_ADDRESS: gatewayAddress(),
      BASE_URL: process.env["BASE_URL"] ?? gatewayUrl(),
      SUMMARY_FILE: summary,
      CONTROL_URL: controlUrl,
      K6_WEB_DASHBOARD: "true",
      K6_WEB_DASHBOARD_PORT: "-1", // report only, no live dashboard
      K6_WEB_DASHBOARD_PERIOD: "1s",
      K6_WEB_DASHBOARD_EXPORT: join(OUT, `${name}.html`),
    },
    stdout: "inherit",
    stderr: "inherit",
  });
  const started = performance.now();
  const progress = setInterval(
    () => console.log(`  ${name} runs: ${Math.round((performance.now() - started) / 1000)} s`),
    PROGRESS_MS,
  );
  const code = await child.exited;
  clearInterval(progress);
  const written = join(ROOT, summary);
  if (!existsSync(written)) throw new UserError(`${name} did not run (k6 exited with ${code})`);
  const result = JSON.parse(readFileSync(written, "utf8")) as Summary;
  return { ...result, ok: result.ok && code === 0 };
}

await main(async () => {
  const names = process.argv.length > 2 ? process.argv.slice(2) : STANDARD;
  mkdirSync(join(ROOT, OUT), { recursive: true });
  const control = startControl();
  const summaries: Summary[] = [];
  try {
    for (const name of names) {
      console.log(`\n== ${name}`);
      summaries.push(await run(name, control.url));
    }
  } finally {
    await control.end();
  }
  writeFileSync(join(ROOT, OUT, "report.html"), page(summaries));
  console.log(`\n${table(summaries)}\n\nreport: ${OUT}/report.html`);
  if (summaries.some(({ ok }) => !ok)) process.exit(1);
});
