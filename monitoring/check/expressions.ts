import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { BESIDE } from "../dashboards/panel.ts";
import { mustHaveData } from "./promql.ts";

/** A query that must return data, and the panel or rule it belongs to. */
export interface Expression {
  where: string;
  expr: string;
}

interface Dashboard {
  title: string;
  annotations: { list: { name: string; target: { expr: string } }[] };
  panels: { title: string; targets: { expr: string }[] }[];
}
interface RuleFile {
  groups: { rules: { alert?: string; record?: string; expr: string }[] }[];
}

const ROOT = join(import.meta.dir, "..");

/** The queries of the committed dashboards; variables have the values Grafana gives them for "All" and one minute. */
export function panelExpressions(): Expression[] {
  const dir = join(ROOT, "grafana/dashboards");
  return readdirSync(dir).flatMap((file) => {
    const { title, panels, annotations } = JSON.parse(readFileSync(join(dir, file), "utf8")) as Dashboard;
    const queries = [
      ...panels.flatMap((panel) => panel.targets.map(({ expr }) => ({ name: panel.title, expr }))),
      ...annotations.list.map(({ name, target }) => ({ name, expr: target.expr })),
    ];
    return queries.map(({ name, expr }) => ({
      where: `${title}: ${name}`,
      expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$worker", ".+"),
    }));
  });
}

/** Without the condition that a series is one of what runs beside a worker: often there is none. */
const alsoOfOthers = (expr: string) => expr.replaceAll(`worker=~"${BESIDE}"`, 'worker=~".+"');

/** The expressions of all rules; of an alert's expression, the parts that have data while it does not fire. */
export function ruleExpressions(): Expression[] {
  const dir = join(ROOT, "prometheus/rules");
  return readdirSync(dir).flatMap((file) =>
    (parse(readFileSync(join(dir, file), "utf8")) as RuleFile).groups.flatMap(({ rules }) =>
      rules.flatMap(({ alert, record, expr }) =>
        (alert ? mustHaveData(alsoOfOthers(expr)) : [expr.trim()]).map((part) => ({
          where: alert ? `alert ${alert}` : `rule ${record}`,
          expr: part,
        })),
      ),
    ),
  );
}
