// An example request for the platform's tests, which know no worker: from a worker's OpenAPI document.
//   eval "$(bun tests/lib/target.ts [WORKER])"    shell assignments TARGET_...
// Default: the first worker of compose.yaml.
import type { OpenAPIV3 } from "openapi-types";
import { fetchGateway, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { main, UserError } from "../../ops/settings/fail.ts";
import { workers } from "../../ops/settings/project.ts";

/** A documented request of a worker and its documented answer. */
export interface Target {
  worker: string;
  replicas: number;
  path: string;
  body: unknown;
  /** The documented answer; undefined where the document has no example. */
  answer: unknown;
  /** The header that selects this worker where several share a path. */
  headers: Record<string, string>;
  /** A member of the body for invalid values, a string where there is one, and its maxLength. */
  field: string;
  maxLength: number | undefined;
}

type Schema = OpenAPIV3.SchemaObject;
const json = (content: OpenAPIV3.ResponseObject["content"]) => content?.["application/json"];

/** The first string of a body's schema, otherwise its first member. */
function firstField(document: OpenAPIV3.Document, schema: Schema | OpenAPIV3.ReferenceObject = {}) {
  const named =
    "$ref" in schema ? document.components?.schemas?.[schema.$ref.split("/").at(-1) ?? ""] : schema;
  const { properties = {} } = named as Schema;
  const fields = Object.entries(properties) as [string, Schema][];
  const [field = "", { maxLength } = {}] = fields.find(([, one]) => one.type === "string") ?? fields[0] ?? [];
  return { field, maxLength };
}

/** The worker's first POST with an example body. */
export async function target(name?: string): Promise<Target> {
  const worker = workers().find((one) => name === undefined || one.name === name);
  if (!worker) throw new UserError(`compose.yaml has no worker ${name ?? ""}`);
  const url = `${gatewayUrl()}/openapi/${worker.name}.json`;
  const answer = await fetchGateway(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new UserError(`${url}: ${answer.status}`);
  const document = (await answer.json()) as OpenAPIV3.Document;
  for (const [path, { post } = {}] of Object.entries(document.paths)) {
    const media = post && json((post.requestBody as OpenAPIV3.RequestBodyObject | undefined)?.content);
    if (!post || media?.example === undefined) continue;
    const parameters = (post.parameters ?? []).filter((one) => "name" in one);
    const leading = parameters.filter((one) => one.in === "header" && one.required);
    return {
      worker: worker.name,
      replicas: worker.replicas,
      path,
      body: media.example as unknown,
      answer: json((post.responses["200"] as OpenAPIV3.ResponseObject).content)?.example as unknown,
      headers: Object.fromEntries(leading.map(({ name, example }) => [name, String(example)])),
      ...firstField(document, media.schema),
    };
  }
  throw new UserError(`${url} has no POST with an example`);
}

if (import.meta.main) {
  await main(async () => {
    const { worker, replicas, path, body, answer, headers, field, maxLength } = await target(process.argv[2]);
    const values = {
      WORKER: worker,
      REPLICAS: `${replicas}`,
      PATH: path,
      BODY: JSON.stringify(body),
      ANSWER: answer === undefined ? "" : JSON.stringify(answer),
      HEADER: Object.entries(headers)[0]?.join(": ") ?? "",
      FIELD: field,
      MAX_LENGTH: `${maxLength ?? ""}`,
    };
    for (const [name, value] of Object.entries(values))
      console.log(`TARGET_${name}='${value.replaceAll("'", "'\\''")}'`);
  });
}
