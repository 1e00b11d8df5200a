type Schema = Record<string, unknown>;

/** What a text in a format is called; "a text in the format NAME" otherwise. */
const FORMATS: Record<string, string> = {
  uuid: "a UUID",
  email: "an email address",
  date: "a date as in 2026-01-31",
  "date-time": "a date and time as in 2026-01-31T12:00:00Z",
  time: "a time as in 12:00:00Z",
  duration: "a duration as in P1DT12H",
  uri: "a URI",
  url: "a URL",
  hostname: "a host name",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  regex: "a regular expression",
  byte: "a text in base64",
  binary: "a file, which JSON cannot carry",
  numeric: "a number",
  integer: "an integer",
  boolean: "true or false",
  ObjectString: "an object as JSON text",
  ArrayString: "an array as JSON text",
};

/** "of 1 to 5 characters"; "" without limits. */
function size({ min, max }: { min: unknown; max: unknown }, unit: string): string {
  const some = (n: unknown) => `${n} ${n === 1 ? unit.replace(/s$/, "") : unit}`;
  const least = typeof min === "number" && min > 0;
  if (typeof max === "number") {
    if (least && min === max) return ` of ${some(max)}`;
    return least || max > 0 ? ` of ${least ? min : 0} to ${some(max)}` : ` of 0 ${unit}`;
  }
  return least ? ` of at least ${some(min)}` : "";
}

function textNoun(schema: Schema): string {
  const { format, pattern, minLength: min, maxLength: max, enum: values } = schema;
  if (Array.isArray(values)) return choice(values);
  if (typeof format === "string") return FORMATS[format] ?? `a text in the format ${format}`;
  // Text() has a pattern of its own: any character that trim() keeps.
  const trimmed = typeof pattern === "string" && pattern.startsWith("[^\\t\\n");
  const matching = typeof pattern === "string" && !trimmed ? ` that matches ${pattern}` : "";
  return `a string${size({ min, max }, "characters")}${trimmed ? " after trimming" : matching}`;
}

function numberNoun(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const limits: string[] = [];
  const integer = schema["type"] === "integer";
  if (minimum !== undefined && maximum !== undefined) limits.push(`from ${minimum} to ${maximum}`);
  else if (minimum !== undefined) limits.push(`of at least ${minimum}`);
  else if (maximum !== undefined) limits.push(`of at most ${maximum}`);
  if (exclusiveMinimum !== undefined) limits.push(`greater than ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined) limits.push(`less than ${exclusiveMaximum}`);
  if (multipleOf !== undefined) limits.push(`divisible by ${multipleOf}`);
  return [integer ? "an integer" : "a number", limits.join(" and ")].filter(Boolean).join(" ");
}

function arrayNoun({ minItems: min, maxItems: max, uniqueItems }: Schema): string {
  return `an array${size({ min, max }, uniqueItems ? "different items" : "items")}${
    uniqueItems && min === undefined && max === undefined ? " of different items" : ""
  }`;
}

function objectNoun({ properties, minProperties: min, maxProperties: max }: Schema): string {
  const names = Object.keys((properties as Schema | undefined) ?? {});
  return names.length > 0
    ? `an object with ${names.join(", ")}`
    : `an object${size({ min, max }, "members")}`;
}

const properties = (n: unknown) => `${n} ${n === 1 ? "property" : "properties"}`;
/** What an object with too few or too many properties must have. An author's `error` comes first. */
export const tooFew = (schema: Schema) =>
  ownWords(schema) ?? `must have at least ${properties(schema["minProperties"])}`;
export const tooMany = (schema: Schema) =>
  ownWords(schema) ?? `must have at most ${properties(schema["maxProperties"])}`;

function choice(values: unknown[]): string {
  const listed = values.map((value) => JSON.stringify(value)).join(", ");
  return values.length === 1 ? listed : `one of ${listed}`;
}

const CODED = new Set(["numeric", "integer", "boolean", "ObjectString", "ArrayString"]);

/** Elysia accepts numbers and other types as text too, in queries and parameters: their text form is not named. */
export function variants<T extends Schema>(schemas: T[]): T[] {
  const others = schemas.filter(({ format }: Schema) => !CODED.has(String(format)));
  return others.length > 0 ? others : schemas;
}

function unionNoun(schemas: Schema[]): string {
  if (schemas.some(({ type }) => type === "Date")) return noun({ type: "Date" });
  const all = variants(schemas).filter(({ type }) => type !== "undefined");
  const values = all.flatMap((schema) => ("const" in schema ? [schema["const"]] : []));
  const rest = all.filter((schema) => !("const" in schema)).map(noun);
  return [...new Set([...(values.length > 0 ? [choice(values)] : []), ...rest])].join(" or ");
}

/** What a value must be: "a UUID", "an integer from 1 to 9"; "" if the schema does not say it in these terms. */
function noun(schema: Schema): string {
  if ("const" in schema) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["anyOf"])) return unionNoun(schema["anyOf"] as Schema[]);
  if (Array.isArray(schema["allOf"])) return (schema["allOf"] as Schema[]).map(noun).join(" and ");
  if (Array.isArray(schema["enum"])) return choice(schema["enum"]);
  switch (schema["type"]) {
    case "string":
      return textNoun(schema);
    case "number":
    case "integer":
      return numberNoun(schema);
    case "array":
      return arrayNoun(schema);
    case "object":
      return objectNoun(schema);
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "Date":
      return "a date, as in 2026-01-31 or 2026-01-31T12:00:00Z";
  }
  return "";
}

/** The author's `error`; that of violations.ts is not enumerable. */
function ownWords(schema: Schema): string | undefined {
  const { error } = schema;
  return typeof error === "string" && Object.keys(schema).includes("error") ? error : undefined;
}

/** Describes what a schema accepts, from the schema alone: the input is never quoted. An author's `error` comes first. */
export function expectation(schema: object): string {
  const { not } = schema as Schema;
  const own = ownWords(schema as Schema);
  if (own !== undefined) return own;
  if (typeof not === "object" && not) return `must not be ${noun(not as Schema)}`;
  const what = noun(schema as Schema);
  return what ? `must be ${what}` : "has an unexpected value";
}
