// An example request for the platform's tests, which know no worker: from a worker's OpenAPI document.
//   eval "$(bun tests/lib/target.ts [WORKER])"    shell assignments TARGET_...
// Default: the first worker of compose.yaml that documents one.
import type { OpenAPIV3 } from "openapi-types";
import { fetchGateway, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { main, UserError } from "../../ops/settings/fail.ts";
import { workers } from "../../ops/settings/project.ts";
import { Text } from "../../workers/runtime/text.ts";

/** A documented request of a worker and its documented answer. */
export interface Target {
  worker: string;
  replicas: number;
  path: string;
  body: unknown;
  /** The documented status of success. */
  status: number;
  /** The documented answer; undefined where the document has no example. */
  answer: unknown;
  /** The header that selects this worker where several share a path. */
  headers: Record<string, string>;
  /** Methods that the path has no operation for. */
  unused: string[];
  /** A member of the body for invalid values, a string where there is one, and its maxLength if it is a Text(). */
  field: string;
  maxLength: number | undefined;
}

type Schema = OpenAPIV3.SchemaObject;
/** The pattern of a Text(). */
const textPattern = (Text(1) as { pattern?: string }).pattern;

const json = (content: OpenAPIV3.ResponseObject["content"]) => content?.["application/json"];

/** The first documented answer of success, with its status. */
export function success({ responses }: OpenAPIV3.OperationObject): [number, OpenAPIV3.ResponseObject] {
  const [status = "200", answer = {}] = Object.entries(responses).find(([each]) => /^2/.test(each)) ?? [];
  return [Number(status), answer as OpenAPIV3.ResponseObject];
}

/** Required headers; one with an enum selects the worker on a shared path. */
export function requiredHeaders({ parameters = [] }: OpenAPIV3.OperationObject): OpenAPIV3.ParameterObject[] {
  return parameters.filter((one) => "name" in one).filter((one) => one.in === "header" && one.required);
}

/** The first string of a body's schema, otherwise its first member. */
function firstField(document: OpenAPIV3.Document, schema: Schema | OpenAPIV3.ReferenceObject = {}) {
  const named =
    "$ref" in schema ? document.components?.schemas?.[schema.$ref.split("/").at(-1) ?? ""] : schema;
  const { properties = {} } = named as Schema;
  const fields = Object.entries(properties) as [string, Schema][];
  const isText = ({ pattern }: Schema) => pattern === textPattern;
  const strings = fields.filter(([, { type }]) => type === "string");
  const [field = "", one = {}] = strings.find(([, one]) => isText(one)) ?? strings[0] ?? fields[0] ?? [];
  return { field, maxLength: isText(one) ? one.maxLength : undefined };
}

/** The first POST with an example body and a path without parameters in a worker's document. */
function firstPost(document: OpenAPIV3.Document): Omit<Target, "worker" | "replicas"> | undefined {
  for (const [path, item = {}] of Object.entries(document.paths)) {
    const { post } = item;
    const media = post && json((post.requestBody as OpenAPIV3.RequestBodyObject | undefined)?.content);
    if (!post || path.includes("{") || media?.example === undefined) continue;
    const [status, answer] = success(post);
    return {
      path,
      body: media.example as unknown,
      status,
      answer: json(answer.content)?.example as unknown,
      headers: Object.fromEntries(requiredHeaders(post).map(({ name, example }) => [name, String(example)])),
      unused: (["get", "put", "patch", "delete"] as const)
        .filter((method) => !item[method])
        .map((method) => method.toUpperCase()),
      ...firstField(document, media.schema),
    };
  }
  return undefined;
}

/** The documented request of a worker, or of the first worker that has one. */
export async function target(name?: string): Promise<Target> {
  for (const worker of workers().filter((one) => name === undefined || one.name === name)) {
    const url = `${gatewayUrl()}/openapi/${worker.name}.json`;
    const answer = await fetchGateway(url, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new UserError(`${url}: ${answer.status}`);
    const found = firstPost((await answer.json()) as OpenAPIV3.Document);
    if (found) return { worker: worker.name, replicas: worker.replicas, ...found };
  }
  throw new UserError(`${name ?? "every worker"}: no POST with an example`);
}

if (import.meta.main) {
  await main(async () => {
    const found = await target(process.argv[2]);
    const { worker, replicas, path, body, status, answer, headers, unused, field, maxLength } = found;
    const values = {
      WORKER: worker,
      REPLICAS: `${replicas}`,
      PATH: path,
      BODY: JSON.stringify(body),
      STATUS: `${status}`,
      ANSWER: answer === undefined ? "" : JSON.stringify(answer),
      HEADER: Object.entries(headers)[0]?.join(": ") ?? "",
      UNUSED_METHOD: unused[0] ?? "",
      FIELD: field,
      MAX_LENGTH: `${maxLength ?? ""}`,
    };
    for (const [name, value] of Object.entries(values))
      console.log(`TARGET_${name}='${value.replaceAll("'", "'\\''")}'`);
  });
}
