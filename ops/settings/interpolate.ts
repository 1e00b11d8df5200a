// Compose's variable syntax, https://docs.docker.com/reference/compose-file/interpolation/
import { UserError } from "./fail.ts";

interface Reference {
  name: string;
  operator: string;
  /** The default, the replacement or the message after the operator. */
  rest: Part[];
}
type Part = string | Reference;
export type Environment = Readonly<Record<string, string | undefined>>;

const START = /\$(?:\$|\{?([A-Za-z_][A-Za-z0-9_]*))/y;
const OPERATOR = /:?[-?+]/y;
const PLAIN = /[^$]+/y;
const PLAIN_IN_BRACES = /[^${}]+/y; // versions of Compose count other braces differently

/** @throws UserError for an invalid reference: versions of Compose read a single `$` differently. */
function parseTemplate(text: string): Part[] {
  let at = 0;
  function take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    at += found?.[0].length ?? 0;
    return found;
  }
  function refuse(): never {
    throw new UserError(`invalid variable reference in ${text}; a literal $ is written $$`);
  }
  function braced(name: string): Reference {
    const [operator = ""] = take(OPERATOR) ?? [];
    const rest = operator ? parts(true) : [];
    if (text[at++] !== "}") refuse();
    return { name, operator, rest };
  }
  function parts(inBraces: boolean): Part[] {
    const found: Part[] = [];
    while (at < text.length && !(inBraces && text[at] === "}")) {
      const [plain] = take(inBraces ? PLAIN_IN_BRACES : PLAIN) ?? [];
      if (plain !== undefined) {
        found.push(plain);
        continue;
      }
      const [start, name] = take(START) ?? refuse();
      if (name === undefined) found.push("$");
      else found.push(start[1] === "{" ? braced(name) : { name, operator: "", rest: [] });
    }
    return found;
  }
  return parts(false);
}

function resolvedValue({ name, operator, rest }: Reference, env: Environment): string {
  const given = env[name];
  const value = given ?? "";
  const present = operator.startsWith(":") ? value !== "" : given !== undefined;
  const other = fillIn(rest, env);
  if (operator.endsWith("-")) return present ? value : other;
  if (operator.endsWith("+")) return present ? other : "";
  if (operator.endsWith("?") && !present) throw new UserError(`${name} is required: ${other}`);
  return value;
}

function fillIn(parts: Part[], env: Environment): string {
  return parts.map((part) => (typeof part === "string" ? part : resolvedValue(part, env))).join("");
}

/** @throws UserError for a missing `${NAME:?message}`. */
export function interpolate(text: string, env: Environment): string {
  return fillIn(parseTemplate(text), env);
}

/** Every variable of a scalar with its value; undefined where it is unset and has no default. */
export function variablesOf(text: string, env: Environment): [name: string, value: string | undefined][] {
  const collect = (parts: Part[]): [string, string | undefined][] =>
    parts
      .filter((part) => typeof part !== "string")
      .flatMap((part) => [
        [part.name, part.operator.endsWith("-") ? resolvedValue(part, env) : env[part.name]],
        ...collect(part.rest),
      ]);
  return collect(parseTemplate(text));
}
