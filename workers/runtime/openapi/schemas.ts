import type { OpenAPIV3 } from "openapi-types";

export type Schema = OpenAPIV3.SchemaObject | OpenAPIV3.ReferenceObject;
type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

/** Elysia accepts numbers as text too; in JSON they are numbers. */
function withoutText(node: Node): Node {
  const { anyOf, ...rest } = node;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return node;
  const [text, number] = anyOf as [Node, Node];
  const textual = text["type"] === "string" && (text["format"] === "integer" || text["format"] === "numeric");
  return textual ? { ...rest, ...number } : node;
}

/**
 * OpenAPI 3.0 has one `example`, and an enum's first member is not its default. Elysia drops unknown properties, but a
 * compiled route's schema says that it refuses them.
 */
function asOpenApi(node: Node): Node {
  const { examples, default: fallback, error: _, ...rest } = withoutText(node);
  if (rest["additionalProperties"] === false) delete rest["additionalProperties"];
  if (Array.isArray(examples)) rest["example"] ??= examples[0];
  if (fallback !== undefined && !("enum" in rest)) rest["default"] = fallback;
  return rest;
}

/** Converts a schema to OpenAPI 3.0. Parts with a `title` move to `shared` and are replaced by a reference. */
export function toOpenApi(schema: unknown, shared: Record<string, Schema>): Schema {
  const node = asOpenApi(schema as Node);
  for (const key of ["items", "additionalProperties", "not"]) {
    if (isNode(node[key])) node[key] = toOpenApi(node[key], shared);
  }
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    if (Array.isArray(node[key])) node[key] = node[key].map((part) => toOpenApi(part, shared));
  }
  if (isNode(node["properties"])) {
    const entries = Object.entries(node["properties"]);
    node["properties"] = Object.fromEntries(entries.map(([name, part]) => [name, toOpenApi(part, shared)]));
  }
  const { title } = node;
  if (typeof title !== "string") return node as Schema;
  shared[title] = node as Schema;
  return { $ref: `#/components/schemas/${title}` };
}

/** Resolves a reference into `shared`. */
export function resolve(schema: Schema, shared: Record<string, Schema>): OpenAPIV3.SchemaObject {
  if (!("$ref" in schema)) return schema;
  return shared[schema.$ref.replace("#/components/schemas/", "")] as OpenAPIV3.SchemaObject;
}
