import { rmSync } from "node:fs";
import { build } from "./bundler.ts";
import { codeOfCompiled } from "./version.ts";

/**
 * Compiles a worker into one binary; returns its code. Names are not minified: Elysia's generated code compares the names
 * of classes, and a value out of its range would be accepted. Bytecode saves parsing at start. The source map, 0.75 MB,
 * names files and lines in errors. @throws BuildError
 */
export async function compile(root: string, name: string, binary: string): Promise<string> {
  const { outputs } = await build(root, name, {
    // The binary would load a .env or bunfig.toml beside it.
    compile: { outfile: binary, autoloadDotenv: false, autoloadBunfig: false },
    bytecode: true,
    format: "esm",
    sourcemap: "inline",
  });
  rmSync(`${binary}.map`, { force: true }); // written beside the binary as well
  return codeOfCompiled((await outputs.find(({ kind }) => kind === "entry-point")?.text()) ?? "");
}
