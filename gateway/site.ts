// Everything static that the gateway serves, gathered in one folder: bun gateway/site.ts FOLDER
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openApiDocuments } from "./openapi/documents.ts";

const PAGES = join(import.meta.dir, "www");
const SWAGGER_UI = dirname(Bun.resolveSync("swagger-ui-dist/package.json", import.meta.dir));

/** What is taken from swagger-ui-dist, and under which name; nothing else of it is served. */
const SWAGGER_UI_FILES = {
  "swagger-ui-bundle.js": "swagger-ui-bundle.js",
  "swagger-ui.css": "swagger-ui.css",
  LICENSE: "LICENSE.txt",
  NOTICE: "NOTICE.txt",
};
const COMPRESSIBLE = /\.(html|css|js|json|svg|txt)$/;

function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value));
}

async function writeDocuments(folder: string): Promise<void> {
  const { documents, merged } = await openApiDocuments();
  writeJson(join(folder, "openapi.json"), merged);
  for (const [name, document] of documents) writeJson(join(folder, "openapi", `${name}.json`), document);
  const choices = [...documents.keys()].map((name) => ({ name, url: `/openapi/${name}.json` }));
  writeJson(join(folder, "openapi/index.json"), [{ name: "All APIs", url: "/openapi.json" }, ...choices]);
}

/** nginx sends the compressed twin as it is (gzip_static): no request costs the compression again. */
function compress(folder: string): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (COMPRESSIBLE.test(file)) {
      writeFileSync(join(folder, `${file}.gz`), Bun.gzipSync(readFileSync(join(folder, file)), { level: 9 }));
    }
  }
}

export async function buildSite(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  cpSync(PAGES, folder, { recursive: true });
  for (const [file, name] of Object.entries(SWAGGER_UI_FILES)) {
    copyFileSync(join(SWAGGER_UI, file), join(folder, "docs", name));
  }
  await writeDocuments(folder);
  compress(folder);
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (!folder) throw new Error("usage: bun gateway/site.ts FOLDER");
  await buildSite(folder);
}
