import type { OpenAPIV3 } from "openapi-types";
import { fetchGateway, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { workers } from "../../ops/settings/project.ts";
import { operations } from "../../workers/runtime/openapi/document.ts";
import { requiredHeaders, success } from "../lib/target.ts";

export interface Case {
  worker: string;
  path: string;
  /** The documented example body. */
  request: unknown;
  /** The documented example answers by status. */
  answers: Map<number, unknown>;
  /** The documented status of success. */
  status: number;
  /** Required headers. */
  headers: Record<string, string>;
  /** Those of them that select this worker on a shared path. */
  selectors: Record<string, string>;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetchGateway(url, { ...init, signal: AbortSignal.timeout(10_000) } as BunFetchRequestInit);
}

function exampleOf(response: OpenAPIV3.ResponseObject): unknown {
  const [media] = Object.values(response.content ?? {});
  return media?.example;
}

const sent = (headers: OpenAPIV3.ParameterObject[]) =>
  Object.fromEntries(headers.map(({ name, example }) => [name, String(example)]));

/** Whether the tests know a request for it: a route's own problem needs one that only its author knows. */
const producible = (status: string, response: object, good: number) =>
  Number(status) === good || "x-shared" in response;

/** A case for every POST with an example body in a worker's document, as served by the running gateway. */
async function casesOf(worker: string): Promise<Case[]> {
  const answer = await ask(`${gatewayUrl()}/openapi/${worker}.json`);
  if (!answer.ok) throw new Error(`/openapi/${worker}.json: ${answer.status}`);
  return operations((await answer.json()) as OpenAPIV3.Document).flatMap(([path, method, operation]) => {
    if (method !== "post" || !operation.requestBody || path.includes("{")) return [];
    const { content } = operation.requestBody as OpenAPIV3.RequestBodyObject;
    const request: unknown = content["application/json"]?.example;
    if (request === undefined) return [];
    const [good] = success(operation);
    const answers = Object.entries(operation.responses)
      .filter(([status, response]) => producible(status, response, good))
      .map(
        ([status, response]) => [Number(status), exampleOf(response as OpenAPIV3.ResponseObject)] as const,
      );
    const required = requiredHeaders(operation);
    const selectors = sent(required.filter(({ schema = {} }) => "enum" in schema));
    const headers = sent(required);
    return [{ worker, path, request, answers: new Map(answers), status: good, headers, selectors }];
  });
}

export async function documented(): Promise<Case[]> {
  return (await Promise.all(workers().map(({ name }) => casesOf(name)))).flat();
}
