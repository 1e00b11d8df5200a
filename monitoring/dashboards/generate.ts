// Writes the dashboards and the console pages from gateway.ts, workers.ts, shadow.ts and canary.ts; --check only names the files that are out of date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canary } from "./canary.ts";
import { chartLibrary, consolePage } from "./console.ts";
import { gateway } from "./gateway.ts";
import { grafanaDashboard } from "./grafana.ts";
import { shadow } from "./shadow.ts";
import { workers } from "./workers.ts";

const ROOT = join(import.meta.dir, "..");
const files = new Map<string, string>();
for (const page of [gateway, workers, shadow, canary]) {
  files.set(`grafana/dashboards/${page.uid}.json`, `${JSON.stringify(grafanaDashboard(page), null, 2)}\n`);
  files.set(`consoles/${page.uid}.html`, consolePage(page));
}
files.set("consoles/lib/chart.lib", chartLibrary(readFileSync(join(import.meta.dir, "chart.js"), "utf8")));

const check = process.argv.includes("--check");
let stale = 0;
for (const [name, text] of files) {
  const path = join(ROOT, name);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  stale++;
  if (check) console.error(`monitoring/${name} is out of date: make generate`);
  else writeFileSync(path, text);
}
if (check && stale > 0) process.exit(1);
