import { join } from "node:path";
import type { OpenAPIV3 } from "openapi-types";
import { workers } from "../../ops/lib/compose.ts";
import { base } from "./base.ts";
import { merge } from "./merge.ts";
import { gatewayRoutes } from "./routes.ts";
import { throughGateway } from "./through-gateway.ts";

const WORKERS = join(import.meta.dir, "../../workers");

interface WorkerModule {
  app: { handle(request: Request): Promise<Response> | Response };
}

/** Asks a worker's app for its own document; no server runs for that. */
async function documentOf(name: string): Promise<OpenAPIV3.Document> {
  const { app } = (await import(join(WORKERS, `${name}.ts`))) as WorkerModule;
  const answer = await app.handle(new Request("http://localhost/openapi.json"));
  if (!answer.ok) throw new Error(`workers/${name}.ts has no /openapi.json: ${answer.status}`);
  return (await answer.json()) as OpenAPIV3.Document;
}

/** The OpenAPI documents of everything behind the gateway: one a worker, by name, and all of them in one. */
export async function openApiDocuments() {
  const routes = gatewayRoutes();
  const documents = new Map<string, OpenAPIV3.Document>();
  for (const { name } of workers()) documents.set(name, throughGateway(await documentOf(name), routes));
  return { documents, merged: merge(documents, base(routes)) };
}
