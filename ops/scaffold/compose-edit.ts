import { isMap, isNode, isPair, isScalar, isSeq, type Pair, parseDocument, type YAMLMap } from "yaml";
import { UserError } from "../settings/fail.ts";

// Edits of compose.yaml as text, so that comments and order stay.

/** The service that waits until every worker is healthy. */
const DEPENDENT = "gateway";

interface Block {
  name: string;
  value: YAMLMap;
  /** Offsets of its lines, from the comment directly above its key to the start of the line after its last. */
  start: number;
  end: number;
}

function services(text: string): Pair {
  const { errors, contents } = parseDocument(text);
  if (errors[0]) throw new UserError(`compose.yaml cannot be changed: ${errors[0].message.split("\n", 1)}`);
  const pair = isMap(contents) && contents.items.find(({ key }) => isScalar(key) && key.value === "services");
  if (!pair || !isMap(pair.value)) throw new UserError("compose.yaml has no services");
  return pair;
}

function blocks(text: string): Block[] {
  return (services(text).value as YAMLMap).items.map(({ key, value }) => {
    if (!isScalar(key) || !key.range || !isMap(value) || !value.range)
      throw new UserError("compose.yaml: every service must be a map");
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

function dependencies(value: YAMLMap): Dependencies | undefined {
  const pair = value.items.find(({ key }) => isScalar(key) && key.value === "depends_on");
  const list = pair?.value;
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

/** Adds `name` to the depends_on of the gateway, after the service `after` or at the end. */
function addDependency(text: string, name: string, after: string | undefined): string {
  const { flow = false, entries = [] } = dependencies(block(text, DEPENDENT).value) ?? {};
  const model = entries.find((entry) => entry.name === after) ?? entries.at(-1);
  if (!model) return text;
  const copy = text.slice(model.start, model.end).trimEnd().replace(model.name, name);
  if (flow) return `${text.slice(0, model.end)}, ${copy}${text.slice(model.end)}`;
  const { start, end } = lines(text, model.start, model.end);
  return `${text.slice(0, end)}${text.slice(start, model.start)}${copy}\n${text.slice(end)}`;
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

/**
 * Adds the lines of a service after the service `after`, or before all others.
 * @throws UserError when the result would be invalid or change another service.
 */
export function addService(text: string, name: string, service: string, after?: string): string {
  const at = after
    ? block(text, after).end
    : nextLine(text, (services(text).key as Block["value"]).range?.[0] ?? 0);
  const piece = after ? `\n${service}` : `${service}\n`;
  const edited = addDependency(text.slice(0, at) + piece + text.slice(at), name, after);
  checkOnly(name, edited, text);
  return edited;
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
