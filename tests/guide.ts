// bun tests/guide.ts PAGE FOLDER: follows a page of docs/ in a copy of the project, as a reader does. Its blocks:
// ```console: runs what follows "$ " and compares the output; "…" is any text, a line "…" any lines.
// ```ts, ```yaml: writes the file that the first line names in a comment.   ```diff: applied with patch.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [page = "", folder = ""] = process.argv.slice(2);
const BLOCK = /^```(\w+)\n([\s\S]*?)^```$/gm;
const FILE = /^(?:\/\/|#) ([\w./-]+\.\w+)\n/;
const TIMEOUT_MS = 300_000;

interface Step {
  what: string;
  /** Why it failed; undefined when it did not. */
  run(): string | undefined;
}

/** A shell command in the copy, with its port in place of 443. @returns output and exit code. */
function shell(command: string, stdin = ""): { output: string; code: number } {
  const port = process.env["HTTPS_PORT"] ?? "443";
  const { stdout, exitCode } = Bun.spawnSync(
    ["bash", "-c", `exec 2>&1; ${command.replaceAll("https://localhost/", `https://localhost:${port}/`)}`],
    // CURL_HOME: curl shows no progress, as in a terminal.
    {
      cwd: folder,
      env: { ...process.env, CURL_HOME: folder },
      stdin: Buffer.from(stdin),
      timeout: TIMEOUT_MS,
    },
  );
  const output = stdout.toString().replaceAll(`https://localhost:${port}`, "https://localhost").trimEnd();
  return { output, code: exitCode };
}

/** Whether a line of output is as expected; "…" stands for any text. */
function matches(line: string, expected: string): boolean {
  const parts = expected.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(line.trimEnd());
}

/** Whether the lines are as expected; an expected line "…" stands for any number of lines. */
function same(lines: readonly string[], expected: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return lines.length === 0;
  if (first.trim() === "…") return lines.some((_, i) => same(lines.slice(i), rest)) || same([], rest);
  return lines.length > 0 && matches(lines[0] ?? "", first) && same(lines.slice(1), rest);
}

function command(text: string, expected: readonly string[]): Step {
  return {
    what: `$ ${text.split("\n", 1)}`,
    run() {
      const { output, code } = shell(text);
      const shown = output === "" ? [] : output.split("\n");
      const wanted = expected.some((line) => line.startsWith("error:")) ? code !== 0 : code === 0;
      if (wanted && (expected.length === 0 || same(shown, expected))) return undefined;
      return `exit code ${code}, output:\n${output}`;
    },
  };
}

/** The commands of a console block, each with its output. */
function consoleSteps(text: string): Step[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const lines = part.trimEnd().split("\n");
      const last = lines.findIndex((line) => !line.endsWith("\\"));
      return command(lines.slice(0, last + 1).join("\n"), lines.slice(last + 1));
    });
}

function fileStep(text: string): Step {
  const [heading = "", path = ""] = FILE.exec(text) ?? [];
  return {
    what: `write ${path}`,
    run() {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text.slice(heading.length));
      return undefined;
    },
  };
}

function patchStep(text: string): Step {
  return {
    what: `edit ${/^\+\+\+ (\S+)/m.exec(text)?.[1]}`,
    run() {
      const { output, code } = shell("patch --no-backup-if-mismatch -p0", text);
      return code === 0 ? undefined : output;
    },
  };
}

function steps(markdown: string): Step[] {
  return [...markdown.matchAll(BLOCK)].flatMap(([, language, text = ""]) => {
    if (language === "console") return consoleSteps(text);
    if (language === "diff") return [patchStep(text)];
    return FILE.test(text) ? [fileStep(text)] : [];
  });
}

writeFileSync(join(folder, ".curlrc"), "silent\nshow-error\n");
let failed = 0;
const text = await Bun.file(join(folder, page)).text();
const all = steps(text.replaceAll("9000", process.env["FREE_PORT"] ?? "9000"));
for (const { what, run } of all) {
  const wrong = run();
  console.log(`  ${wrong === undefined ? "ok   " : "FAIL "} ${what}`);
  if (wrong === undefined) continue;
  failed++;
  console.log(wrong.replace(/^/gm, "        "));
}
console.log(`${all.length - failed} passed, ${failed} failed, 0 skipped`);
process.exit(failed === 0 ? 0 : 1);
