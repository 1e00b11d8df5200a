import { parser } from "@prometheus-io/lezer-promql";

type Node = ReturnType<typeof parser.parse>["topNode"];
const COMPARISONS = new Set(["Eql", "Neq", "Lss", "Lte", "Gtr", "Gte"]);
const SETS = new Set(["And", "Or", "Unless"]);

/**
 * An alert's expression returns nothing while the alert does not fire. These parts of it must return data at any time:
 * `a` of `a > 5`, and both sides of `a and b`, `a or b` and `a unless b`, without their own comparisons.
 */
export function mustHaveData(expr: string): string[] {
  return parts(parser.parse(expr).topNode.firstChild, expr).map((part) => part.trim());
}

function parts(node: Node | null, expr: string): string[] {
  if (!node) throw new Error(`not PromQL: ${expr}`);
  const text = expr.slice(node.from, node.to);
  if (node.name !== "BinaryExpr") return [text];
  const [left, operator, right] = operands(node);
  if (COMPARISONS.has(operator)) return parts(left, expr);
  if (SETS.has(operator)) return [...parts(left, expr), ...parts(right, expr)];
  return [text];
}

function operands(node: Node): [Node | null, string, Node | null] {
  return [node.firstChild, node.firstChild?.nextSibling?.name ?? "", node.lastChild];
}

/** The names of all metrics an expression reads. */
export function metrics(expr: string): string[] {
  const names = new Set<string>();
  parser.parse(expr).iterate({
    enter(node) {
      if (node.name === "Identifier" && node.matchContext(["VectorSelector"]))
        names.add(expr.slice(node.from, node.to));
      if (node.type.isError) throw new Error(`not PromQL: ${expr}`);
    },
  });
  return [...names];
}
