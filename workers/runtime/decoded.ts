import type { TSchema } from "@sinclair/typebox";
import type { ValueError } from "@sinclair/typebox/errors";
import { TransformDecodeCheckError, TransformDecodeError, Value } from "@sinclair/typebox/value";
import { variants } from "./expectation.ts";
import { PARTS, type Part, REFUSED } from "./violations.ts";

/** A request's values and the route's schemas, by part. */
export type ByPart = Partial<Record<Part, unknown>>;

/** The schema of the values that Elysia makes of texts: a number's, without that of its text form. */
function plain(schema: TSchema): TSchema {
  const { anyOf, properties, items } = schema as { anyOf?: TSchema[]; properties?: object; items?: TSchema };
  if (anyOf) {
    const all = variants(anyOf).map(plain);
    return all.length === 1 ? all[0]! : { ...schema, anyOf: all };
  }
  const entries = Object.entries(properties ?? {}).map(([name, part]) => [name, plain(part as TSchema)]);
  return {
    ...schema,
    ...(properties && { properties: Object.fromEntries(entries) }),
    ...(items && !Array.isArray(items) && { items: plain(items) }),
  };
}

/** A text of a query, header or cookie as Elysia reads it: lists are split at commas, objects are JSON. */
function read(text: unknown, { type }: TSchema): unknown {
  if (typeof text !== "string" || (type !== "array" && type !== "object")) return text;
  try {
    if (/^[[{]/.test(text)) return JSON.parse(text);
  } catch {}
  return type === "array" ? text.split(",") : text;
}

/** The schema of a field; undefined for a name that every object has, such as toString. */
const schemaOf = (properties: unknown, name: string) =>
  Object.getOwnPropertyDescriptor(Object(properties), name)?.value as TSchema | undefined;

const numberOf = (text: string) => (text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text));
/** What Elysia makes of a text by type. Value.Convert makes numbers of "true" and "1.5", true of "1" and dates of times. */
const READERS: Record<string, (text: string) => unknown> = {
  number: numberOf,
  integer: numberOf,
  boolean: (text) => (text === "true" ? true : text === "false" ? false : text),
  Date: (text) => (Number.isNaN(Date.parse(text)) ? text : new Date(text)),
};

/** The value that Elysia makes of a text. */
function converted(schema: TSchema, value: unknown): unknown {
  const {
    anyOf,
    type = "",
    items,
    properties,
  } = schema as {
    anyOf?: TSchema[];
    type?: string;
    items?: TSchema | TSchema[];
    properties?: Record<string, TSchema>;
  };
  const isDate = anyOf?.some((each) => each["type"] === "Date");
  if (isDate && typeof value === "number") return new Date(value); // of 1e300 it is none
  for (const each of anyOf ?? []) {
    const made = converted(each, value);
    if (Value.Check(each, made)) return made;
  }
  if (anyOf) return value;
  const reader = READERS[type];
  if (reader) return typeof value === "string" ? reader(value) : value;
  if (Array.isArray(value) && items && !Array.isArray(items))
    return value.map((each) => converted(items, each));
  if (properties && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).map(([name, each]) => {
      const own = schemaOf(properties, name);
      return [name, own ? converted(own, each) : each];
    });
    return Object.fromEntries(entries);
  }
  return Value.Convert(schema, value);
}

function violationsOf(schema: TSchema, values: unknown): ValueError[] {
  const whole = plain(schema);
  const entries = Object.entries(Object(values) as object).map(([name, value]) => {
    const own = schemaOf(whole["properties"], name);
    return [name, own ? read(value, own) : value];
  });
  const checked =
    Object.getPrototypeOf(Object(values)) === Array.prototype ? values : Object.fromEntries(entries);
  return [...Value.Errors(whole, converted(whole, checked))];
}

/**
 * The violations that Elysia finds while it makes values of texts, after its check: a number out of range, an item of a
 * list. It reports neither part nor field, so they are looked for once more.
 */
export function decodedViolations(schemas: ByPart, values: ByPart): [Part, ValueError[]] | undefined {
  for (const part of PARTS) {
    const schema = schemas[part];
    if (typeof schema !== "object" || schema === null || values[part] === undefined) continue;
    const found = violationsOf(schema as TSchema, values[part]);
    if (found.length > 0) return [part, found];
  }
  return undefined;
}

function throwsAs(error: unknown, schema: TSchema, value: unknown): boolean {
  try {
    Value.Decode(schema, structuredClone(value));
    return false;
  } catch (again) {
    const { message } = Object(again instanceof TransformDecodeError && again.error) as Partial<Error>;
    return message !== undefined && message === (Object(error) as Partial<Error>).message;
  }
}

/** Whether a schema's own Decode throws this error for the request's values: for all of a part, or one of its fields. */
export function isDecodeError(error: unknown, schemas: ByPart, values: ByPart): boolean {
  const { message } = Object(error) as Partial<Error>;
  if (error instanceof TransformDecodeCheckError || message === REFUSED) return true;
  return PARTS.some((part) => {
    const [schema, value] = [schemas[part] as TSchema | undefined, values[part]];
    if (typeof schema !== "object" || schema === null || value === undefined) return false;
    const fields = Object.entries((schema["properties"] ?? {}) as Record<string, TSchema>);
    return (
      throwsAs(error, schema, value) ||
      fields.some(([name, own]) => throwsAs(error, own, read((value as Record<string, unknown>)[name], own)))
    );
  });
}
