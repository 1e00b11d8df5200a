/** k6 has a console, and its types leave it to the DOM's, which k6 is not. */
declare const console: Record<"log" | "info" | "warn" | "error", (message: string) => void>;
