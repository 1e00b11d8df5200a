// Runs every query of every panel, rule and alert against the running Prometheus: each must return data, and its metrics
// must exist. Run check/load.ts before, so that every counter has data. Those of a shadow or a canary are run while there is one.
import { setting } from "../../ops/settings/project.ts";
import { type Expression, panelExpressions, ruleExpressions } from "./expressions.ts";
import { metrics } from "./promql.ts";

const API = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}/api/v1`;
/** Missing until the first rule evaluation, and until the first request that did not reach a candidate. */
const MAY_BE_MISSING = new Set(["ALERTS", "gateway_fallbacks_total"]);
interface Answer {
  status: string;
  error?: string;
  data: { resultType: string; result: { value: [number, string] }[] | [number, string] };
}

async function ask(expr: string): Promise<{ values: string[]; error?: string }> {
  const answer = (await (
    await fetch(`${API}/query?${new URLSearchParams({ query: expr })}`)
  ).json()) as Answer;
  if (answer.status !== "success") return { values: [], error: answer.error ?? "refused" };
  const { resultType, result } = answer.data;
  if (resultType === "scalar") return { values: [(result as [number, string])[1]] };
  return { values: (result as { value: [number, string] }[]).map(({ value }) => value[1]) };
}

function short(value: string): string {
  const number = Number(value);
  return Number.isInteger(number) ? value : number.toPrecision(3);
}

async function metricNames(): Promise<Set<string>> {
  const answer = (await (await fetch(`${API}/label/__name__/values`)).json()) as { data: string[] };
  return new Set(answer.data);
}

async function check({ where, expr }: Expression, names: Set<string>): Promise<string | undefined> {
  const unknown = metrics(expr).filter((name) => !names.has(name) && !MAY_BE_MISSING.has(name));
  const { values, error } = unknown.length > 0 ? { values: [] } : await ask(expr);
  const numbers = values.filter((value) => value !== "NaN");
  const shown =
    numbers.slice(0, 4).map(short).join(" ") + (numbers.length > 4 ? ` … (${numbers.length})` : "");
  const problem =
    error ??
    (unknown.length > 0 ? `no metric ${unknown.join(", ")}` : numbers.length === 0 ? "no data" : undefined);
  console.log(
    `${problem ? "FAIL" : "ok  "}  ${where.padEnd(42)}  ${(problem ?? shown).padEnd(34)}  ${expr.replace(/\s+/g, " ")}`,
  );
  return problem;
}

const names = await metricNames();
const all = [...panelExpressions(), ...ruleExpressions()];
const NOT_PASSED = "upstream:canary_not_passed:last10m";
/** What only some projects have: a query for it, and which expressions need it. */
const OPTIONAL: [name: string, query: string, isOf: (expr: string) => boolean][] = [
  ["shadow", "shadow_received_total", (expr) => metrics(expr).some((name) => name.startsWith("shadow_"))],
  ["canary", "canary_info", (expr) => metrics(expr).some((name) => /(^|:)canary_/.test(name))],
  ["canary that has not passed", NOT_PASSED, (expr) => /not_passed|outcome!="passed"/.test(expr)],
  [
    "check of agreement by a canary",
    'canary_check_difference{check="agreement"}',
    (expr) => expr.includes('check="agreement"'),
  ],
];
let expressions = all;
for (const [name, query, isOf] of OPTIONAL) {
  if ((await ask(query)).values.length > 0) continue;
  expressions = expressions.filter(({ expr }) => !isOf(expr));
  console.log(`there is no ${name}: its panels and alerts are not checked`);
}
let empty = 0;
for (const expression of expressions) if (await check(expression, names)) empty++;
console.log(`${expressions.length - empty} of ${expressions.length} queries return data`);
process.exit(empty === 0 ? 0 : 1);
