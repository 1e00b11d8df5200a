import { STATUS_CODES } from "node:http";
import type { OpenAPIV3 } from "openapi-types";
import type { Route } from "../methods.ts";
import { BODY_PROBLEMS, PROBLEM_STATUSES, ProblemSchema } from "../problem-schema.ts";
import { documentedProblem, ownProblem, sharedHeader } from "./problems.ts";
import { resolve, type Schema, toOpenApi } from "./schemas.ts";

/** The request header and value that select this worker on a shared path. */
export interface Selector {
  header: string;
  value: string;
  description: string;
}

type Shared = Record<string, Schema>;
type Operation = OpenAPIV3.OperationObject;
type Parameter = OpenAPIV3.ParameterObject | OpenAPIV3.ReferenceObject;

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;
const JSON_TYPE = "application/json";

/** Every operation of a document, with its path and method. */
export function operations(document: OpenAPIV3.Document): [string, (typeof METHODS)[number], Operation][] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      return operation ? [[path, method, operation] as [string, typeof method, Operation]] : [];
    }),
  );
}

/** A JSON media type; the schema's example becomes the media type's example. */
function jsonContent(raw: Schema, shared: Shared) {
  const schema = toOpenApi(raw, shared);
  const { example } = resolve(schema, shared);
  if (!("$ref" in schema)) delete schema.example;
  return { [JSON_TYPE]: { schema, ...(example !== undefined && { example }) } };
}

/** Gives a body without an example one made of its properties' examples. */
function withWholeExample(body: OpenAPIV3.SchemaObject): OpenAPIV3.SchemaObject {
  const shown = Object.entries(body.properties ?? {}).flatMap(([name, property]) =>
    "example" in property ? [[name, property.example] as const] : [],
  );
  const complete = (body.required ?? []).every((name) => shown.some(([other]) => other === name));
  if (body.example === undefined && shown.length > 0 && complete) body.example = Object.fromEntries(shown);
  return body;
}

function requestBody(operation: Operation, shared: Shared): OpenAPIV3.SchemaObject | undefined {
  const body = operation.requestBody as OpenAPIV3.RequestBodyObject | undefined;
  if (!body?.content) {
    delete operation.requestBody; // of t.Undefined(): the plugin gives it no content
    return undefined;
  }
  const schema = resolve(toOpenApi(body.content[JSON_TYPE]?.schema ?? {}, shared), shared);
  body.content = jsonContent(withWholeExample(schema), shared);
  return schema;
}

/** The plugin puts a schema's keywords on the response and its properties in the content. */
function answerSchema({ content, headers: _, ...keywords }: OpenAPIV3.ResponseObject): Schema {
  return { ...keywords, ...content?.[JSON_TYPE]?.schema } as Schema;
}

/** The shared problems that an operation can answer with. */
function sharedProblems(method: string, operation: Operation, body: Schema | undefined) {
  const hasBody = method !== "get" && method !== "head";
  const hasSchema = body !== undefined || (operation.parameters ?? []).length > 0;
  const open = operation.security?.length === 0;
  return PROBLEM_STATUSES.slice(hasBody ? 0 : BODY_PROBLEMS).filter(
    (status) => (status !== 401 || !open) && (status !== 422 || hasSchema),
  );
}

function responses(
  path: string,
  method: string,
  operation: Operation,
  body: Schema | undefined,
  shared: Shared,
) {
  toOpenApi(JSON.parse(JSON.stringify(ProblemSchema)) as Schema, shared);
  const problems = sharedProblems(method, operation, body).map((status) => [
    status,
    // The documentation page folds these: every operation has them.
    { ...documentedProblem(status, path, body as OpenAPIV3.SchemaObject | undefined), "x-shared": true },
  ]);
  const entries = Object.entries(operation.responses ?? {}).map(([status, raw]) => {
    const schema = answerSchema(raw as OpenAPIV3.ResponseObject);
    if (Number(status) >= 400) {
      return [status, ownProblem(Number(status), path, schema, (own) => toOpenApi(own, shared))] as const;
    }
    const answer: OpenAPIV3.ResponseObject = {
      description: STATUS_CODES[status] ?? status,
      headers: {
        "X-Request-ID": sharedHeader("RequestId"),
        "X-Served-By": sharedHeader("ServedBy"),
        "X-Version": sharedHeader("Version"),
      },
      content: jsonContent(schema, shared),
    };
    return [status, answer] as const;
  });
  const succeeds = entries.some(([status]) => Number(status) < 400);
  const success = succeeds ? [] : [["200", { description: "OK" }] as const];
  return Object.fromEntries([...problems, ...success, ...entries]);
}

function selectorParameter({ header, value, description }: Selector): OpenAPIV3.ParameterObject {
  const schema: Schema = { type: "string", enum: [value] };
  return { name: header, in: "header", required: true, description, schema, example: value };
}

/** The cookies of a route, which the plugin leaves out. */
function cookieParameters({ hooks }: Route): OpenAPIV3.ParameterObject[] {
  const { properties = {}, required = [] } = Object(hooks.cookie) as OpenAPIV3.SchemaObject;
  return Object.entries(properties).map(([name, raw]) => {
    const schema = JSON.parse(JSON.stringify(raw)) as Schema;
    return { name, in: "cookie", required: required.includes(name), schema };
  });
}

/** The plugin gives a parameter the schema's list of examples; OpenAPI 3.0 has one example there. */
function withOwnExample(parameter: Parameter, shared: Shared): void {
  if (!("schema" in parameter) || !parameter.schema) return;
  const { examples } = parameter as { examples?: unknown };
  if (Array.isArray(examples)) {
    delete parameter.examples;
    parameter.example ??= examples[0] as unknown;
  }
  const schema = toOpenApi(parameter.schema, shared);
  const { example } = resolve(schema, shared);
  if (example !== undefined) parameter.example ??= example;
  if (!("$ref" in schema)) delete schema.example;
  parameter.schema = schema;
}

/**
 * Corrects the plugin's document: JSON only, problems as problem+json, one copy of each schema, and the gateway's
 * additions to each operation.
 */
export function tidy(
  raw: OpenAPIV3.Document,
  selectedBy: Selector | undefined,
  routes: Route[],
): OpenAPIV3.Document {
  const document = JSON.parse(JSON.stringify(raw)) as OpenAPIV3.Document;
  const shared: Shared = {};
  for (const [path, method, operation] of operations(document)) {
    const body = requestBody(operation, shared);
    const route = routes.find(
      (each) => each.method.toLowerCase() === method && each.path.replace(/:(\w+)\??/g, "{$1}") === path,
    );
    if (route) operation.parameters = [...(operation.parameters ?? []), ...cookieParameters(route)];
    operation.responses = responses(path, method, operation, body, shared);
    operation.parameters ??= [];
    for (const parameter of operation.parameters) withOwnExample(parameter, shared);
    if (selectedBy) operation.parameters.push(selectorParameter(selectedBy));
    operation.parameters.push({ $ref: "#/components/parameters/RequestId" });
  }
  document.components = { ...document.components, schemas: shared };
  return document;
}
