import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { UserError } from "../settings/fail.ts";

// Edits of compose.yaml as text, so that comments and order stay.

interface Block {
  name: string;
  value: Node;
  /** Offsets of its lines, from the comment directly above its key to the start of the line after its last. */
  start: number;
  end: number;
}

/** A top-level section; undefined where there is none. */
function section(text: string, name: string): Pair | undefined {
  const { errors, contents } = parseDocument(text);
  if (errors[0]) throw new UserError(`compose.yaml cannot be changed: ${errors[0].message.split("\n", 1)}`);
  const pair = isMap(contents) && contents.items.find(({ key }) => isScalar(key) && key.value === name);
  return pair && isMap(pair.value) ? pair : undefined;
}

function services(text: string): Pair {
  const pair = section(text, "services");
  if (!pair) throw new UserError("compose.yaml has no services");
  return pair;
}

/** The entries of a section. */
function blocks(text: string, of = "services"): Block[] {
  const { items = [] } = (section(text, of)?.value as YAMLMap | undefined) ?? {};
  return items.map(({ key, value }) => {
    if (
      !isScalar(key) ||
      !key.range ||
      !isNode(value) ||
      !value.range ||
      (of === "services" && !isMap(value))
    )
      throw new UserError(`compose.yaml: every entry of ${of} must be a map`);
    const line = text.lastIndexOf("\n", key.range[0]) + 1;
    const comment = /(?<=^|\n)(?:[ \t]*#.*\n)*$/.exec(text.slice(0, line))?.[0] ?? "";
    const body = text.slice(line, value.range[1]).trimEnd();
    return { name: String(key.value), value, start: line - comment.length, end: line + body.length + 1 };
  });
}

function block(text: string, name: string): Block {
  const found = blocks(text).find((service) => service.name === name);
  if (!found) throw new UserError(`compose.yaml has no service ${name}`);
  return found;
}

/** The lines of a service; undefined where there is none of this name. */
export function serviceText(text: string, name: string): string | undefined {
  const found = blocks(text).find((service) => service.name === name);
  return found && text.slice(found.start, found.end);
}

interface Resolved {
  services: Record<string, { depends_on?: string[] | Record<string, unknown> | null }>;
}

/** An entry of a top-level section, such as a secret. */
export interface Definition {
  section: "secrets" | "volumes";
  name: string;
  /** In one line. */
  value: string;
}

/** The file with aliases and merges resolved, without the service `name` and the dependencies on it. */
function resolved(text: string, name?: string): unknown {
  try {
    const document = parseDocument(text, { merge: true });
    if (document.errors[0]) throw document.errors[0];
    const { services, ...others } = document.toJS() as Resolved;
    const kept = Object.entries(services).filter(([key]) => key !== name);
    const plain = kept.map(([key, { depends_on, ...service }]) => {
      const list = Array.isArray(depends_on)
        ? depends_on.map((on) => [on])
        : Object.entries(depends_on ?? {});
      return [key, service, list.filter(([on]) => on !== name)];
    });
    return [others, plain];
  } catch (error) {
    throw new UserError(`compose.yaml cannot be changed: ${(error as Error).message.split("\n", 1)}`);
  }
}

/** @throws UserError unless both can be read and differ only in the service `name` and the dependencies on it. */
function checkOnly(name: string, having: string, lacking: string): void {
  if (!Bun.deepEquals(resolved(having, name), resolved(lacking)))
    throw new UserError(`compose.yaml cannot be changed: it would change more than ${name}; edit it by hand`);
}

/** Offset of the line after the one with this offset. */
const nextLine = (text: string, offset: number) => text.indexOf("\n", offset) + 1;

interface Entry {
  name: string;
  /** Offsets of the entry itself. */
  start: number;
  end: number;
}

/** The `depends_on` of a service, a map or a list, in block or flow style. */
interface Dependencies {
  /** Offset of the key `depends_on`. */
  key: number;
  flow: boolean;
  entries: Entry[];
}

function dependencies(value: Node): Dependencies | undefined {
  const pair = isMap(value) && value.items.find(({ key }) => isScalar(key) && key.value === "depends_on");
  const list = pair ? pair.value : undefined;
  if (!pair || !isNode(pair.key) || !(isMap(list) || isSeq(list))) return undefined;
  const entries = list.items.flatMap((item): Entry[] => {
    const [first, last] = isPair(item) ? [item.key, item.value] : [item, item];
    if (!isScalar(first) || !first.range || !isNode(last) || !last.range) return [];
    return [{ name: String(first.value), start: first.range[0], end: last.range[1] }];
  });
  return { key: pair.key.range?.[0] ?? 0, flow: list.flow === true, entries };
}

/** The whole lines between two offsets. */
function lines(text: string, start: number, end: number): { start: number; end: number } {
  const body = text.slice(0, end).trimEnd().length;
  return { start: text.lastIndexOf("\n", start) + 1, end: nextLine(text, body) };
}

function removeDependency(text: string, name: string): string {
  let edited = text;
  for (const { value } of blocks(text).reverse()) {
    const { key = 0, flow = false, entries = [] } = dependencies(value) ?? {};
    const i = entries.findIndex((entry) => entry.name === name);
    const entry = entries[i];
    if (!entry) continue;
    const [before, next] = [entries[i - 1], entries[i + 1]];
    let cut = lines(text, entry.start, entry.end);
    if (!before && !next) cut = lines(text, key, entry.end);
    else if (flow && next) cut = { start: entry.start, end: next.start };
    else if (flow && before) cut = { start: before.end, end: entry.end };
    edited = edited.slice(0, cut.start) + edited.slice(cut.end);
  }
  return edited;
}

/** Adds definitions that are missing, at the end of their section. */
function addDefinitions(text: string, definitions: readonly Definition[]): string {
  return definitions.reduce((edited, { section: of, name, value }) => {
    const all = blocks(edited, of);
    if (all.some((each) => each.name === name)) return edited;
    const end = all.at(-1)?.end;
    const line = `  ${name}: ${value}\n`;
    if (end === undefined) return `${edited.trimEnd()}\n\n${of}:\n${line}`;
    return edited.slice(0, end) + line + edited.slice(end);
  }, text);
}

/** Removes definitions, with the comment directly above each. */
export function removeDefinitions(text: string, definitions: readonly Omit<Definition, "value">[]): string {
  return definitions.reduce((edited, { section: of, name }) => {
    const all = blocks(edited, of);
    const found = all.find((each) => each.name === name);
    if (!found) return edited;
    if (all.length > 1) return edited.slice(0, found.start) + edited.slice(found.end);
    const heading = new RegExp(`\\n*^${of}:.*\\n$`, "m").exec(edited.slice(0, found.start));
    return `${edited.slice(0, heading?.index ?? found.start)}\n${edited.slice(found.end)}`;
  }, text);
}

/**
 * Adds the lines of a service after the service `after`, or before all others.
 * @throws UserError when the result would be invalid or change another service.
 */
export function addService(
  text: string,
  name: string,
  service: string,
  after?: string,
  definitions: readonly Definition[] = [],
): string {
  const at = after
    ? block(text, after).end
    : nextLine(text, (services(text).key as Block["value"]).range?.[0] ?? 0);
  const piece = after ? `\n${service}` : `${service}\n`;
  const edited = text.slice(0, at) + piece + text.slice(at);
  checkOnly(name, edited, text);
  return addDefinitions(edited, definitions);
}

/**
 * Removes a service with the comment directly above it, the blank line beside it, and the dependencies on it.
 * @throws UserError when the result would be invalid or change another service.
 */
export function removeService(text: string, name: string): string {
  const without = removeDependency(text, name);
  const { start, end } = block(without, name);
  const blank = without.slice(0, start).endsWith("\n\n");
  const edited = blank
    ? without.slice(0, start - 1) + without.slice(end)
    : without.slice(0, start) + without.slice(end).replace(/^\n/, "");
  checkOnly(name, text, edited);
  return edited;
}
