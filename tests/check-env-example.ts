// .env.example documents every variable of compose.yaml with the default in force there, and no other.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readCompose } from "../ops/settings/compose-file.ts";
import { ROOT } from "../ops/settings/project.ts";

const { settings: defaults } = readCompose(readFileSync(join(ROOT, "compose.yaml"), "utf8"), {});
const wrong: string[] = [];
const example = readFileSync(join(ROOT, ".env.example"), "utf8");
const documented = new Map([...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, n = "", v = ""]) => [n, v]));
for (const [name, value] of Object.entries(defaults)) {
  if (documented.get(name) !== value)
    wrong.push(`${name}: compose.yaml ${value}, .env.example ${documented.get(name)}`);
}
for (const name of documented.keys()) if (!(name in defaults)) wrong.push(`${name} is not in compose.yaml`);
for (const line of wrong) console.error(line);
process.exit(wrong.length === 0 ? 0 : 1);
