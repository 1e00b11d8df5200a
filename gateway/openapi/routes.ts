import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const TEMPLATES = join(import.meta.dir, "../templates");
const LOCATION = /^location\s+(?:(=|~|\^~)\s+)?(\S+)\s+\{\n([\s\S]*?)^\}/gm;

/** What the gateway's configuration says of a path. */
export interface Route {
  matches(path: string): boolean;
  /** Needs credentials. */
  guarded: boolean;
  /** Counts against the client's request rate. */
  limited: boolean;
  proxied: boolean;
}

/** A location's directives with those of the snippets it includes; comments left out. */
function expanded(block: string): string {
  const text = block.replace(/#.*$/gm, "");
  return text.replace(/include (snippets\/[a-z-]+\.conf);/g, (_whole, file: string) =>
    expanded(readFileSync(join(TEMPLATES, `${file}.template`), "utf8")),
  );
}

function matcher(modifier: string | undefined, pattern: string): (path: string) => boolean {
  if (modifier === "=") return (path) => path === pattern;
  if (modifier === "~") return (path) => new RegExp(pattern).test(path);
  return (path) => path.startsWith(pattern);
}

/** The locations of nginx templates, in their order; one that goes on to a named location (try_files) is both. */
export function parseRoutes(text: string): Route[] {
  const locations = [...text.matchAll(LOCATION)];
  const named = new Map(locations.map(([, , name = "", block = ""]) => [name, block]));
  return locations.map(([, modifier, pattern = "", block = ""]) => {
    const [, next = ""] = /^\s*try_files .*(@\w+);/m.exec(block) ?? [];
    const directives = expanded(block + (named.get(next) ?? ""));
    return {
      matches: matcher(modifier, pattern),
      guarded: /^\s*(auth_basic|auth_request)\s+(?!off)/m.test(directives),
      limited: /^\s*limit_req\s/m.test(directives),
      proxied: /^\s*proxy_pass\s/m.test(directives),
    };
  });
}

/** What the gateway serves, read from its own templates: a document cannot promise more than that. */
export function gatewayRoutes(): Route[] {
  const dir = join(TEMPLATES, "routes");
  const files = readdirSync(dir).sort();
  return files.flatMap((file) => parseRoutes(readFileSync(join(dir, file), "utf8")));
}
