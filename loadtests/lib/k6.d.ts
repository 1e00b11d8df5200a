/** k6 has a console, and its types leave it to the DOM's, which k6 is not. */
declare const console: Record<"log" | "info" | "warn" | "error", (message: string) => void>;

/** The package's build without a runtime's modules, which has no types beside it. */
declare module "*/node_modules/yaml/browser/index.js" {
  export const parse: typeof import("yaml").parse;
}
