// Copies the gateway's static files into one folder: bun gateway/site.ts FOLDER
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const PAGES = join(import.meta.dir, "www");

/** Files of swagger-ui-dist by the name they are served under; no other file of it is served. */
const SWAGGER_UI_FILES = {
  "swagger-ui-bundle.js": "swagger-ui-bundle.js",
  "swagger-ui.css": "swagger-ui.css",
  LICENSE: "LICENSE.txt",
  NOTICE: "NOTICE.txt",
};
const COMPRESSIBLE = /\.(html|css|js|json|svg|txt)$/;

/** For gzip_static: nginx serves FILE.gz and compresses nothing per request. */
function compress(folder: string): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (COMPRESSIBLE.test(file)) {
      writeFileSync(join(folder, `${file}.gz`), Bun.gzipSync(readFileSync(join(folder, file)), { level: 9 }));
    }
  }
}

/** Writes the list of routes that have a part of the front page. */
function listParts(parts: string): void {
  mkdirSync(parts, { recursive: true });
  const routes = readdirSync(parts).filter((route) => existsSync(join(parts, route, "part.js")));
  writeFileSync(join(parts, "list.json"), JSON.stringify(routes.sort()));
}

/** Copies `pages` and Swagger UI into `folder`, which is replaced. */
export function buildSite(folder: string, pages = PAGES): void {
  const swaggerUi = dirname(Bun.resolveSync("swagger-ui-dist/package.json", import.meta.dir));
  rmSync(folder, { recursive: true, force: true });
  cpSync(pages, folder, { recursive: true });
  for (const [file, name] of Object.entries(SWAGGER_UI_FILES)) {
    copyFileSync(join(swaggerUi, file), join(folder, "docs", name));
  }
  listParts(join(folder, "parts"));
  compress(folder);
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (!folder) throw new Error("usage: bun gateway/site.ts FOLDER");
  buildSite(folder);
}
