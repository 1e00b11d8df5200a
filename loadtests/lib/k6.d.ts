/** k6 has a console, but its types expect the DOM's declaration. */
declare const console: Record<"log" | "info" | "warn" | "error", (message: string) => void>;

/** The package's build without Node.js modules, which has no types. */
declare module "*/node_modules/yaml/browser/index.js" {
  export const parse: typeof import("yaml").parse;
}
