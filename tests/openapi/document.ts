import type { OpenAPIV3 } from "openapi-types";
import { fetchGateway, gatewayUrl } from "../../ops/lib/gateway.ts";
import { operations } from "../../workers/runtime/openapi/document.ts";

export interface Case {
  path: string;
  /** The body that the document shows. */
  request: unknown;
  /** Each documented answer by status, and by worker where several share one. */
  answers: Map<number, Record<string, unknown>>;
  /** Header and value that lead to the workers of the path, by worker; empty for the one that needs none. */
  selectors: Record<string, [string, string] | undefined>;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetchGateway(url, { ...init, signal: AbortSignal.timeout(10_000) } as BunFetchRequestInit);
}

function examplesOf(response: OpenAPIV3.ResponseObject): Record<string, unknown> {
  const [media] = Object.values(response.content ?? {});
  if (!media?.examples) return { "": media?.example };
  const entries = Object.entries(media.examples as Record<string, OpenAPIV3.ExampleObject>);
  return Object.fromEntries(entries.map(([name, { value }]) => [name, value]));
}

function selectorsOf(operation: OpenAPIV3.OperationObject): Case["selectors"] {
  const chosen = (operation.parameters ?? []).find((p) => "examples" in p) as
    | OpenAPIV3.ParameterObject
    | undefined;
  if (!chosen?.examples) return { "": undefined };
  const examples = Object.values(chosen.examples) as OpenAPIV3.ExampleObject[];
  return Object.fromEntries(
    examples.map(({ summary = "", value }) => [
      summary,
      value === "" ? undefined : [chosen.name, String(value)],
    ]),
  );
}

/** The merged document as the running gateway serves it, and every POST in it as a case to try. */
export async function documented() {
  const document = (await (await ask(`${gatewayUrl()}/openapi.json`)).json()) as OpenAPIV3.Document;
  const cases = operations(document).flatMap(([path, method, operation]): Case[] => {
    if (method !== "post") return [];
    const { content } = operation.requestBody as OpenAPIV3.RequestBodyObject;
    const answers = Object.entries(operation.responses).map(
      ([status, response]) => [Number(status), examplesOf(response as OpenAPIV3.ResponseObject)] as const,
    );
    return [
      {
        path,
        request: content["application/json"]?.example,
        answers: new Map(answers),
        selectors: selectorsOf(operation),
      },
    ];
  });
  return { document, cases };
}
