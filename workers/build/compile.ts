import { rmSync } from "node:fs";

/**
 * The options of an image's binary. Names are not minified: Elysia's generated code compares the names of classes, and a
 * value out of its range would be accepted. Bytecode saves parsing at start. The source map, 0.75 MB, names files and lines
 * in errors. Without the last two options the binary would load a .env or bunfig.toml beside it.
 */
const OPTIONS = `--compile --bytecode --minify-whitespace --minify-syntax --sourcemap=inline --format=esm
  --no-compile-autoload-dotenv --no-compile-autoload-bunfig`.split(/\s+/);

/** Compiles a worker's file into one binary. @returns whether it could. */
export function compile(root: string, source: string, binary: string): boolean {
  const { exitCode } = Bun.spawnSync([process.execPath, "build", source, "--outfile", binary, ...OPTIONS], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  rmSync(`${binary}.map`, { force: true }); // written beside the binary as well
  return exitCode === 0;
}
