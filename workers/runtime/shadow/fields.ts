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
  rule: Rule;
  /** Of numbers, absolute. */
  tolerance: number;
}

/** By path: `predictions[].label`. The path of the whole answer is empty. */
export type Fields = ReadonlyMap<string, Field>;

/** For a number without a tolerance of its own: what another order of additions changes is no difference. */
export const TOLERANCE = 1e-6;

const RULES: readonly Rule[] = ["label", "number", "distribution", "text", "ignore"];
/** Values of these formats are made new for each answer. */
const GENERATED = new Set(["uuid", "date-time", "date", "time"]);

/** Names of an answer are a worker's, and those of its client where it repeats them. */
const MAX_PATH = 200;
const bounded = (path: string) => path.slice(0, MAX_PATH).toWellFormed();

export const member = (path: string, name: string) => bounded(path === "" ? name : `${path}.${name}`);
export const item = (path: string) => bounded(`${path}[]`);

interface Walked {
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: TSchema[];
  properties?: Record<string, TSchema>;
  items?: TSchema;
  minimum?: number;
  maximum?: number;
  "x-compare"?: unknown;
}

/** @throws Error for an `x-compare` that is no rule and has no tolerance. */
function declared(path: string, { "x-compare": own }: Walked): Field | undefined {
  if (own === undefined) return undefined;
  if (RULES.includes(own as Rule)) return { rule: own as Rule, tolerance: TOLERANCE };
  const { tolerance } = Object(own) as { tolerance?: unknown };
  if (typeof tolerance === "number" && tolerance >= 0) return { rule: "number", tolerance };
  throw new Error(
    `x-compare of ${path || "an answer"} must be one of ${RULES.join(", ")} or { tolerance: NUMBER }`,
  );
}

const isProbability = ({ type, minimum, maximum }: Walked) =>
  type === "number" && minimum === 0 && maximum === 1;

function byType(schema: Walked): Field | undefined {
  const { type, format, anyOf, properties } = schema;
  const field = (rule: Rule, tolerance = TOLERANCE) => ({ rule, tolerance });
  if (schema.enum || schema.const !== undefined || type === "boolean") return field("label");
  if (anyOf?.every((one) => (one as Walked).const !== undefined)) return field("label");
  if (type === "integer") return field("number", 0);
  if (type === "number") return field("number");
  if (type === "string") return field(GENERATED.has(format ?? "") ? "ignore" : "text");
  const parts = Object.values(properties ?? {}) as Walked[];
  return parts.length > 1 && parts.every(isProbability) ? field("distribution") : undefined;
}

function walk(schema: TSchema, path: string, found: Map<string, Field>): void {
  const walked = schema as Walked;
  const field = declared(path, walked) ?? byType(walked);
  if (field) found.set(path, field);
  if (field && field.rule !== "distribution") return;
  for (const [name, part] of Object.entries(walked.properties ?? {})) walk(part, member(path, name), found);
  if (walked.items && !Array.isArray(walked.items)) walk(walked.items, item(path), found);
  for (const variant of walked.anyOf ?? []) walk(variant, path, found);
}

/** The fields of the answers with a response schema. @throws Error for an invalid `x-compare`. */
export function fieldsOf(schema: TSchema): Fields {
  const found = new Map<string, Field>();
  walk(schema, "", found);
  return found;
}
