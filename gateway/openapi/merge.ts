import type { OpenAPIV3 } from "openapi-types";
import { operations } from "../../workers/runtime/openapi/document.ts";
import { COMPONENTS } from "./through-gateway.ts";

type Operation = OpenAPIV3.OperationObject;
type Parameter = OpenAPIV3.ParameterObject;
type Media = OpenAPIV3.MediaTypeObject;

interface Source {
  worker: string;
  operation: Operation;
}

const selector = ({ operation }: Source): Parameter | undefined =>
  (operation.parameters ?? []).find((p): p is Parameter => "name" in p && p.in === "header" && !!p.required);

/** One header that chooses between the workers of a path; without it, the one that asks for none answers. */
function choosing(sources: Source[]): Parameter[] {
  const chosen = sources.flatMap((source) => {
    const parameter = selector(source);
    return parameter ? [{ worker: source.worker, parameter }] : [];
  });
  const [first] = chosen;
  if (!first || chosen.length === sources.length) return chosen.map(({ parameter }) => parameter);
  const rest = sources.filter((source) => !selector(source)).map(({ worker }) => worker);
  const values = chosen.map(
    ({ worker, parameter }) => `Exactly \`${parameter.example}\`: ${worker} ${parameter.description}.`,
  );
  return [
    {
      name: first.parameter.name,
      in: "header",
      description: `${values.join(" ")} Anything else, or nothing: ${rest.join(", ")}.`,
      schema: { type: "string" },
      examples: Object.fromEntries([
        ["none", { summary: rest.join(", "), value: "" }],
        ...chosen.map(({ worker, parameter }) => [
          String(parameter.example),
          { summary: worker, value: parameter.example },
        ]),
      ]),
    },
  ];
}

/** The answers of several workers under one status: any of their schemas, each with its example. */
function anyOfThem(all: [string, OpenAPIV3.ResponseObject][]): OpenAPIV3.ResponseObject {
  const [[, first]] = all as [[string, OpenAPIV3.ResponseObject]];
  const [type = ""] = Object.keys(first.content ?? {});
  const media = all.flatMap(([worker, { content }]) => {
    const one = content?.[type];
    return one ? [[worker, one] as [string, Media]] : [];
  });
  const schemas = [...new Set(media.map(([, { schema }]) => JSON.stringify(schema)))];
  if (schemas.length === 1) return first;
  const anyOf = schemas.map((text) => JSON.parse(text));
  const examples = Object.fromEntries(
    media.map(([worker, { example }]) => [worker, { summary: worker, value: example }]),
  );
  return { ...first, content: { [type]: { schema: { anyOf }, examples } } };
}

function combined(sources: Source[]): Operation {
  const [{ operation: first }] = sources as [Source];
  if (sources.length === 1) return first;
  const statuses = new Set(sources.flatMap(({ operation }) => Object.keys(operation.responses)));
  const responses = [...statuses].sort().map((status) => {
    const all = sources.flatMap(({ worker, operation }) => {
      const response = operation.responses[status];
      return response && !("$ref" in response)
        ? [[worker, response] as [string, OpenAPIV3.ResponseObject]]
        : [];
    });
    return [status, anyOfThem(all)];
  });
  const plain = (first.parameters ?? []).filter((p) => !("name" in p) || !p.required || p.in !== "header");
  return {
    ...first,
    parameters: [...choosing(sources), ...plain],
    responses: Object.fromEntries(responses),
  };
}

/** Tags in the order of the workers that use them, each in the words of the first. */
function tagsOf(documents: Map<string, OpenAPIV3.Document>): OpenAPIV3.TagObject[] {
  const tags = new Map<string, OpenAPIV3.TagObject>();
  for (const document of documents.values()) {
    for (const name of operations(document).flatMap(([, , operation]) => operation.tags ?? [])) {
      if (!tags.has(name)) tags.set(name, { name, description: document.info.description ?? name });
    }
  }
  return [...tags.values()];
}

/** Every worker's paths in one document; a path that several share becomes one operation of them all. */
export function merge(documents: Map<string, OpenAPIV3.Document>, base: OpenAPIV3.Document) {
  const byOperation = new Map<string, Source[]>();
  for (const [worker, document] of documents) {
    for (const [path, method, operation] of operations(document)) {
      const key = `${path} ${method}`;
      byOperation.set(key, [...(byOperation.get(key) ?? []), { worker, operation }]);
    }
  }
  const paths: OpenAPIV3.PathsObject = {};
  for (const [key, sources] of byOperation) {
    const [path = "", method = ""] = key.split(" ");
    paths[path] = { ...paths[path], [method]: combined(sources) };
  }
  const schemas = Object.assign({}, ...[...documents.values()].map((d) => d.components?.schemas));
  return {
    ...base,
    tags: [...tagsOf(documents), ...(base.tags ?? [])],
    paths: { ...paths, ...base.paths },
    components: { ...COMPONENTS, schemas },
  };
}
