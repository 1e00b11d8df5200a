import { SetErrorFunction, type ValueError, ValueErrorType } from "@sinclair/typebox/errors";
import { expectation, tooFew, tooMany } from "./expectation.ts";
import { type FieldError, Problem } from "./problem.ts";

const MAX_REPORTED = 10;
const MAX_EXAMINED = 64;
/** Unknown members are found first, and skipped. */
const MAX_SKIPPED = 1024;
/** Violations that are compared to find the variant of a union that was meant. */
const MAX_COMPARED = 8;

/** What a schema's check throws that Elysia makes of a number or list in a text. */
export const REFUSED = "The value does not match the schema.";

// Elysia writes the whole input into its error unless the schema has a message of its own. The message is not
// enumerable, so it is not in the OpenAPI document.
SetErrorFunction(({ schema }) => {
  if (!("error" in schema)) Object.defineProperty(schema, "error", { value: REFUSED });
  return REFUSED;
});

/** The parts of a request that a schema describes, as Elysia names them. */
export const PARTS = ["params", "query", "headers", "cookie", "body"] as const;
export type Part = (typeof PARTS)[number];

/** The same as OpenAPI's `in`; a body has none. */
const IN = { query: "query", params: "path", headers: "header", cookie: "cookie" } as const;

/** A path's parts joined by dots. A part that is not a plain name is "*": it may be any text of the client. */
function fieldName(path: string, part: Part): string {
  if (path === "") return `(${part})`;
  const names = path.slice(1).split("/");
  return names.map((name) => (/^[A-Za-z0-9_-]{1,64}$/.test(name) ? name : "*")).join(".");
}

function message({ type, schema, value }: ValueError): string {
  if (type === ValueErrorType.ObjectRequiredProperty || value === undefined) return "is required";
  if (type === ValueErrorType.ObjectAdditionalProperties || type === ValueErrorType.Never) {
    return "is not allowed";
  }
  if (type === ValueErrorType.ObjectMinProperties) return tooFew(schema);
  if (type === ValueErrorType.ObjectMaxProperties) return tooMany(schema);
  return expectation(schema);
}

/** Elysia drops unknown members, so one is named only if nothing else is wrong, as in a union's variant. */
const isUnknown = ({ type }: ValueError) => type === ValueErrorType.ObjectAdditionalProperties;

function withoutUnknown(violations: ValueError[]): ValueError[] {
  const others = violations.filter((each) => !isUnknown(each));
  return others.length > 0 ? others : violations;
}

/** A union's violations are those of the variant that was meant: of the right type, with the fewest violations. */
function* meant(error: ValueError): Iterable<ValueError> {
  if (error.type !== ValueErrorType.Union || error.value === null || typeof error.value !== "object") {
    return yield error;
  }
  const candidates = error.errors
    .map((errors) => withoutUnknown([...take(errors, MAX_COMPARED)]))
    .filter((found) => found.length > 0 && found.every(({ path }) => path !== error.path))
    .map((found) => ({ found, kinds: found.filter(({ type }) => type === ValueErrorType.Literal).length }))
    .sort((a, b) => a.kinds - b.kinds || a.found.length - b.found.length);
  const [best, next] = candidates;
  const clear = best && (!next || next.kinds > best.kinds || next.found.length > best.found.length);
  if (!clear) return yield error;
  for (const inner of best.found) yield* meant(inner);
}

function* take<T>(items: Iterable<T>, limit: number): Iterable<T> {
  let n = 0;
  for (const item of items) {
    yield item;
    if (++n === limit) return;
  }
}

/** A 422 with these rejected fields. */
export function fieldProblem(errors: FieldError[]): Problem {
  return new Problem(422, "The request does not match the schema.", errors);
}

/** A 422 with the first violations. TypeBox finds them lazily, so the others cost nothing. */
export function violationProblem(violations: Iterable<ValueError>, part: Part): Problem {
  const byField = new Map<string, string>();
  const add = (error: ValueError) => {
    const field = fieldName(error.path, part);
    if (!byField.has(field)) byField.set(field, message(error));
  };
  let examined = 0;
  let unknown: ValueError | undefined;
  for (const violation of take(violations, MAX_SKIPPED)) {
    if (isUnknown(violation)) {
      unknown ??= violation;
      continue;
    }
    for (const error of meant(violation)) add(error);
    if (byField.size >= MAX_REPORTED || ++examined === MAX_EXAMINED) break;
  }
  if (byField.size === 0 && unknown) add(unknown);
  const where = part === "body" ? {} : { in: IN[part] };
  const errors = [...byField]
    .slice(0, MAX_REPORTED)
    .map(([field, said]) => ({ ...where, field, message: said }));
  return fieldProblem(errors);
}
