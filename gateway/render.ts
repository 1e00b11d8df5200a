import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../ops/settings/project.ts";

const SUFFIX = ".template";
const GATEWAY_TEMPLATES = join(ROOT, "gateway/templates");

/**
 * Fills `${NAME}` (capitals only: nginx's own `$variables` stay) the way envsubst with a filter does.
 * @throws Error when a template needs a variable that is not given.
 */
export function fill(template: string, variables: Record<string, string>, origin = "template"): string {
  return template.replace(/\$\{([A-Z0-9_]+)\}/g, (_whole, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`${origin} needs the variable ${name}`);
    return value;
  });
}

/** Renders each `*.template` below `from` to the same place below `to`, without the suffix. */
export function renderTree(from: string, to: string, variables: Record<string, string>): void {
  for (const file of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(SUFFIX)) continue;
    const target = join(to, file.slice(0, -SUFFIX.length));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, fill(readFileSync(join(from, file), "utf8"), variables, file));
  }
}

/** The two nginx that check passwords, each from the same template: which credentials it is asked about. */
export const VERIFIERS = ["new", "recent"] as const;

/** Renders the gateway's templates: `nginx.conf` with all it includes, and `verifier-new.conf`, `verifier-recent.conf`. */
export function renderGatewayTree(to: string, variables: Record<string, string>): void {
  renderTree(GATEWAY_TEMPLATES, to, { ...variables, VERIFIER: "" });
  rmSync(join(to, "verifier.conf"));
  const template = readFileSync(join(GATEWAY_TEMPLATES, `verifier.conf${SUFFIX}`), "utf8");
  for (const VERIFIER of VERIFIERS)
    writeFileSync(join(to, `verifier-${VERIFIER}.conf`), fill(template, { ...variables, VERIFIER }));
}
