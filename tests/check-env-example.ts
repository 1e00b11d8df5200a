// .env.example documents every variable of compose.yaml with the default in force there, and no other.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../ops/lib/compose.ts";
import { defaults } from "../ops/lib/interpolate.ts";

const text = readFileSync(join(ROOT, "compose.yaml"), "utf8");
const wrong: string[] = [];
const seen = new Map<string, string>();
for (const [, name = "", value = ""] of text.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)) {
  const other = seen.get(name);
  if (other !== undefined && other !== value) wrong.push(`${name} has two defaults: ${other} and ${value}`);
  seen.set(name, value);
}
const example = readFileSync(join(ROOT, ".env.example"), "utf8");
const documented = new Map([...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, n = "", v = ""]) => [n, v]));
for (const [name, value] of defaults(text)) {
  if (documented.get(name) !== value)
    wrong.push(`${name}: compose.yaml ${value}, .env.example ${documented.get(name)}`);
}
for (const name of documented.keys()) if (!seen.has(name)) wrong.push(`${name} is not in compose.yaml`);
for (const line of wrong) console.error(line);
process.exit(wrong.length === 0 ? 0 : 1);
