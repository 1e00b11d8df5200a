import { expect, test } from "bun:test";
import { run } from "../lib/run.ts";
import { assignments } from "./configuration.ts";

test("a shell reads each setting as it is", () => {
  const values = { SPACES: "http2 on; ", QUOTES: `it's "so"`, REFERENCES: "$HOME `id` \\n", EMPTY: "" };
  for (const [name, value] of Object.entries(values)) {
    const script = `${assignments(values)}printf '[%s]' "$${name}"`;
    expect(run(["sh", "-c", script]).stdout).toBe(`[${value}]`);
  }
});
