import { rmSync } from "node:fs";
import { build, OPTIONS } from "./bundler.ts";

/**
 * Compiles a worker's file into one binary. Names are not minified: Elysia's generated code compares the names of classes,
 * and a value out of its range would be accepted. Bytecode saves parsing at start. The source map, 0.75 MB, names files and
 * lines in errors. @throws BuildError
 */
export async function compile(root: string, source: string, binary: string): Promise<void> {
  await build(root, {
    ...OPTIONS,
    entrypoints: [source],
    // The binary would load a .env or bunfig.toml beside it.
    compile: { outfile: binary, autoloadDotenv: false, autoloadBunfig: false },
    bytecode: true,
    format: "esm",
    sourcemap: "inline",
  });
  rmSync(`${binary}.map`, { force: true }); // written beside the binary as well
}
