// Generates .env.example from the table of settings; --check only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main, UserError } from "./fail.ts";
import { ROOT } from "./project.ts";
import { groups } from "./table.ts";

const PATH = join(ROOT, ".env.example");
const WIDTH = 110;
const HEAD = `# Copy to .env and edit. The environment overrides .env, which overrides the defaults shown here.
# Special characters: NAME='value', or NAME="value" with \\ before every \\ " and $ (ops/README.md, Settings).
`;
const ONLY = { native: "Native mode only", containers: "Containers only", swarm: "Swarm only" };

/** Comment lines of at most {@link WIDTH} characters. */
function comment(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`;
    if (longer.length < WIDTH) lines[lines.length - 1] = longer;
    else lines.push(` ${word}`);
  }
  return lines.map((line) => `#${line}\n`).join("");
}

function example(): string {
  const blocks = Object.entries(groups).map(([title, rows]) => {
    const settings = rows.map(({ name, default: standard, meaning, only }) => {
      const where = only ? ` ${ONLY[only]}.` : "";
      return `${comment(`${meaning}${where}`)}#${name}=${standard}\n`;
    });
    return `\n## ${title}\n${settings.join("")}`;
  });
  return HEAD + blocks.join("");
}

await main(() => {
  if (process.argv[2] !== "--check") return writeFileSync(PATH, example());
  if (readFileSync(PATH, "utf8") !== example())
    throw new UserError(
      ".env.example differs from ops/settings/table.ts; run: bun ops/settings/env-example.ts",
    );
});
