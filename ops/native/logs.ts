import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../lib/compose.ts";
import { reopenAccessLog } from "./gateway.ts";
import { ACCESS_LOG, LOG_DIR, RUN_DIR, STATE_DIR } from "./paths.ts";
import { pm2 } from "./pm2.ts";
import { type Process, process_ } from "./process.ts";

const CONFIG = join(RUN_DIR, "logrotate.conf");

/** Tells logrotate to keep each log below about 60 MB: the file and two old ones, renamed when they reach 20 MB. */
export function renderRotation(): void {
  mkdirSync(RUN_DIR, { recursive: true });
  const reopen = `${process.execPath} ${join(ROOT, "ops/native/reopen-logs.ts")}`;
  const folders = new Set([dirname(ACCESS_LOG), LOG_DIR]); // a link is not rotated, what it points to is
  const lines = [
    `${[...folders].map((folder) => `"${folder}/*.log"`).join(" ")} {`,
    "  size 20M",
    "  rotate 2",
    "  missingok",
    "  nocreate",
    "  sharedscripts",
    "  postrotate",
    `    ${reopen}`,
    "  endscript",
    "}",
  ];
  writeFileSync(CONFIG, `${lines.join("\n")}\n`, { mode: 0o644 });
}

/** Runs logrotate every minute, under the process manager like everything else. */
export function rotationProcess(): Process {
  const script = join(ROOT, "ops/native/rotate-logs.sh");
  return process_("log-rotation", [script, CONFIG, join(STATE_DIR, "logrotate.state")]);
}

/** Lets whoever writes a renamed log open a new one. */
export function reopenLogs(): void {
  reopenAccessLog();
  pm2(["reloadLogs"]);
}

/** What a process complained about last, in one line. */
export function lastWords(name: string): string {
  const path = join(LOG_DIR, `${name}.log`);
  const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").slice(-40) : [];
  return lines.findLast((line) => /^error/i.test(line)) ?? lines.at(-1) ?? "it said nothing";
}
