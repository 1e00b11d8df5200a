/** Written by a script's handleSummary. */
export interface Summary {
  name: string;
  ok: boolean;
  rows: [what: string, measured: string][];
  rules: { threshold: string; ok: boolean }[];
}

/** The summary at the end of `make loadtest`. */
export function table(summaries: Summary[]): string {
  const width = Math.max(...summaries.flatMap(({ rows }) => rows.map(([what]) => what.length)));
  return summaries
    .flatMap(({ name, ok, rows, rules }) => [
      `${ok ? "passed" : "FAILED"}  ${name}`,
      ...rows.map(([what, measured]) => `          ${what.padEnd(width)}  ${measured}`),
      ...rules.filter((rule) => !rule.ok).map(({ threshold }) => `  FAIL    ${threshold}`),
    ])
    .join("\n");
}

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A page with the results of every script and a link to each k6 report, which has the curves. */
export function page(summaries: Summary[]): string {
  const cells = (row: string[]) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`;
  const sections = summaries.map(
    ({ name, ok, rows, rules }) => `<h2 class="${ok ? "ok" : "bad"}">${name}: ${ok ? "passed" : "failed"}</h2>
<table>${rows.map(cells).join("")}</table>
<details><summary>${rules.length} thresholds</summary>
<table>${rules.map((rule) => cells([rule.ok ? "ok" : "FAIL", rule.threshold])).join("")}</table></details>
<p><a href="${name}.html">curves</a></p>`,
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Load tests</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
td { padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #ccc }
.ok { color: #176f2c } .bad { color: #b00020 }
</style>
<h1>Load tests</h1>
${sections.join("\n")}
</html>
`;
}
