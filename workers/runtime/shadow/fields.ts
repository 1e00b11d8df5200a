// How the fields of a worker's answers are compared: by "x-compare" in the schema, otherwise by their type.
import type { TSchema } from "@sinclair/typebox";

/**
 * - `label`: equal or not; counted in the confusion matrix
 * - `number`: within a tolerance
 * - `distribution`: an object of probabilities; also compared as a whole
 * - `text`: equal or not
 * - `ignore`: not compared
 */
export type Rule = "label" | "number" | "distribution" | "text" | "ignore";

export interface Field {
  /** "parts": an object or list, whose parts have fields of their own. */
  rule: Rule | "parts";
  /** Of numbers, absolute. */
  tolerance: number;
  /** Of a label: those that the schema lists. */
  values?: ReadonlySet<string>;
}

/** By path: `predictions[].label`; `counts.*` where a schema names no members. The path of the whole answer is empty. */
export type Fields = ReadonlyMap<string, Field>;

/** For a number without a tolerance of its own: what another order of additions changes is no difference. */
export const TOLERANCE = 1e-6;

const RULES: readonly Rule[] = ["label", "number", "distribution", "text", "ignore"];
/** Values of these formats are made new for each answer. */
const GENERATED = new Set(["uuid", "date-time", "date", "time"]);

/** Names of an answer are a worker's, and those of its client where it repeats them. */
const MAX_PATH = 200;
const bounded = (path: string) => path.slice(0, MAX_PATH).toWellFormed();

const joined = (path: string, name: string) => bounded(path === "" ? name : `${path}.${name}`);
/** The path of a member: as the schema has it, otherwise with the name that the answer has. */
export function member(fields: Fields, path: string, name: string): string {
  const [own, any] = [joined(path, name), joined(path, ANY)];
  return !fields.has(own) && fields.has(any) ? any : own;
}
export const item = (path: string) => bounded(`${path}[]`);
const ANY = "*";

interface Walked {
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: TSchema[];
  allOf?: TSchema[];
  properties?: Record<string, TSchema>;
  patternProperties?: Record<string, TSchema>;
  additionalProperties?: TSchema | boolean;
  items?: TSchema | TSchema[];
  minimum?: number;
  maximum?: number;
  "x-compare"?: unknown;
}

/** What a rule needs of a type, where the schema has one. */
const SUITABLE: Partial<Record<Rule, readonly string[]>> = {
  label: ["string", "number", "integer", "boolean", "null"],
  number: ["number", "integer"],
  distribution: ["object"],
};

/** @throws Error for an `x-compare` that is no rule and has no tolerance, or that does not suit the type. */
function declared(path: string, { "x-compare": own, type }: Walked): Field | undefined {
  if (own === undefined) return undefined;
  const { tolerance } = Object(own) as { tolerance?: unknown };
  const hasTolerance = typeof tolerance === "number" && tolerance >= 0;
  const rule = hasTolerance ? "number" : RULES.find((one) => one === own);
  const name = path || "an answer";
  if (!rule)
    throw new Error(
      `x-compare of ${name} must be one of ${RULES.join(", ")} or { tolerance: NUMBER }, 0 or more`,
    );
  if (type !== undefined && SUITABLE[rule]?.includes(type) === false)
    throw new Error(`x-compare of ${name} is ${JSON.stringify(own)}, which is not for type ${type}`);
  return { rule, tolerance: hasTolerance ? tolerance : TOLERANCE };
}

const isProbability = ({ type, minimum, maximum }: Walked) =>
  type === "number" && minimum === 0 && maximum === 1;

function listed({ enum: values, const: value, anyOf, type }: Walked): ReadonlySet<string> | undefined {
  if (values) return new Set(values.map(String));
  if (value !== undefined) return new Set([String(value)]);
  if (type === "boolean") return new Set(["true", "false"]);
  const literals = anyOf?.map((one) => (one as Walked).const);
  return literals?.every((one) => one !== undefined) ? new Set(literals.map(String)) : undefined;
}

function byType(schema: Walked): Field {
  const { type, format, properties } = schema;
  const field = (rule: Field["rule"], tolerance = TOLERANCE) => ({ rule, tolerance });
  const values = listed(schema);
  if (values) return { ...field("label"), values };
  if (type === "integer") return field("number", 0);
  if (type === "number") return field("number");
  if (type === "Date") return field("ignore");
  if (type === "string") return field(GENERATED.has(format ?? "") ? "ignore" : "text");
  const parts = Object.values(properties ?? {}) as Walked[];
  return field(parts.length > 1 && parts.every(isProbability) ? "distribution" : "parts");
}

/** Where variants have other rules for one path, the later one here. */
const ORDER: readonly Field["rule"][] = ["parts", "text", "number", "distribution", "label", "ignore"];

function add(found: Map<string, Field>, path: string, field: Field): void {
  const known = found.get(path);
  if (known?.values && field.values) found.set(path, { ...known, values: known.values.union(field.values) });
  else if (!known || ORDER.indexOf(field.rule) > ORDER.indexOf(known.rule)) found.set(path, field);
}

function walk(schema: TSchema, path: string, found: Map<string, Field>): void {
  const walked = schema as Walked;
  const own = declared(path, walked);
  const field = own
    ? { ...own, ...(own.rule === "label" && { values: listed(walked) ?? new Set<string>() }) }
    : byType(walked);
  add(found, path, field);
  if (field.rule !== "distribution" && field.rule !== "parts") return;
  for (const [name, part] of Object.entries(walked.properties ?? {})) walk(part, joined(path, name), found);
  for (const part of [...Object.values(walked.patternProperties ?? {}), walked.additionalProperties])
    if (typeof part === "object") walk(part, joined(path, ANY), found);
  for (const part of [walked.items ?? []].flat()) walk(part, item(path), found);
  for (const variant of [...(walked.anyOf ?? []), ...(walked.allOf ?? [])]) walk(variant, path, found);
}

/** The fields of the answers with a response schema. @throws Error for an invalid `x-compare`. */
export function fieldsOf(schema: TSchema): Fields {
  const found = new Map<string, Field>();
  walk(schema, "", found);
  return found;
}
