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

const OPEN_API_NULL: Node = { type: "string", enum: [null], nullable: true };

/** A union without the variants that OpenAPI 3.0 has no type for: null is `nullable`, a Date is its text. */
function withoutForeignTypes({ anyOf, ...rest }: Node): Node {
  const all = (anyOf as Node[]).map(asOpenApi);
  if (all.some(({ type }) => type === "Date")) return { ...rest, type: "string", format: "date-time" };
  const [first = OPEN_API_NULL, ...others] = all.filter(
    ({ type }) => type !== "null" && type !== "undefined",
  );
  if (others.length + 1 === all.length) return { ...rest, anyOf: all };
  const { nullable: _, ...keywords } = rest;
  const nullable = { ...first, nullable: true };
  return others.length === 0 ? { ...keywords, ...nullable } : { ...keywords, anyOf: [nullable, ...others] };
}

/** JSON Schema's keywords that OpenAPI 3.0 writes in another way. */
function withOpenApiKeywords(node: Node): Node {
  const { const: only, patternProperties, additionalItems: _, ...rest } = node;
  if ("const" in node) rest["enum"] = [only];
  if (isNode(patternProperties)) rest["additionalProperties"] = Object.values(patternProperties)[0];
  for (const [limit, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ] as const) {
    if (typeof rest[exclusive] === "number")
      Object.assign(rest, { [limit]: rest[exclusive], [exclusive]: true });
  }
  if (Array.isArray(rest["items"])) rest["items"] = { anyOf: rest["items"] };
  if (rest["type"] === "null") return OPEN_API_NULL;
  return Array.isArray(rest["anyOf"]) ? withoutForeignTypes(rest) : rest;
}

/** Converts a schema to OpenAPI 3.0. Parts with a `title` move to `shared` and are replaced by a reference. */
export function toOpenApi(schema: unknown, shared: Record<string, Schema>): Schema {
  const node = withOpenApiKeywords(asOpenApi(schema as Node));
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
