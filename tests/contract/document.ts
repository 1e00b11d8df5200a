import type { OpenAPIV3 } from "openapi-types";
import { fetchGateway, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { workers } from "../../ops/settings/project.ts";
import { operations } from "../../workers/runtime/openapi/document.ts";

export interface Case {
  worker: string;
  path: string;
  /** The documented example body. */
  request: unknown;
  /** The documented example answers by status. */
  answers: Map<number, unknown>;
  /** Required headers, which select this worker on a shared path. */
  headers: Record<string, string>;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetchGateway(url, { ...init, signal: AbortSignal.timeout(10_000) } as BunFetchRequestInit);
}

function exampleOf(response: OpenAPIV3.ResponseObject): unknown {
  const [media] = Object.values(response.content ?? {});
  return media?.example;
}

function requiredHeaders(operation: OpenAPIV3.OperationObject): Record<string, string> {
  const parameters = (operation.parameters ?? []).filter((p) => "name" in p);
  const required = parameters.filter((p) => p.in === "header" && p.required);
  return Object.fromEntries(required.map(({ name, example }) => [name, String(example)]));
}

/** Whether every worker can answer so: a route's own problem needs a request that only its author knows. */
const producible = (status: string, response: object) => Number(status) < 400 || "x-shared" in response;

/** A case for every POST with a body in a worker's document, as served by the running gateway. */
async function casesOf(worker: string): Promise<Case[]> {
  const answer = await ask(`${gatewayUrl()}/openapi/${worker}.json`);
  if (!answer.ok) throw new Error(`/openapi/${worker}.json: ${answer.status}`);
  return operations((await answer.json()) as OpenAPIV3.Document).flatMap(([path, method, operation]) => {
    if (method !== "post" || !operation.requestBody || path.includes("{")) return [];
    const { content } = operation.requestBody as OpenAPIV3.RequestBodyObject;
    const answers = Object.entries(operation.responses)
      .filter(([status, response]) => producible(status, response))
      .map(
        ([status, response]) => [Number(status), exampleOf(response as OpenAPIV3.ResponseObject)] as const,
      );
    const request: unknown = content["application/json"]?.example;
    return [{ worker, path, request, answers: new Map(answers), headers: requiredHeaders(operation) }];
  });
}

export async function documented(): Promise<Case[]> {
  return (await Promise.all(workers().map(({ name }) => casesOf(name)))).flat();
}
