import { isMap, isNode, isPair, isScalar, isSeq, type Pair, parseDocument, type YAMLMap } from "yaml";
import { UserError } from "../settings/fail.ts";

// Edits of compose.yaml as text, so that comments and order stay.

/** The service that waits until every worker is healthy. */
const DEPENDENT = "gateway";

interface Block {
  name: string;
  value: YAMLMap;
  /** Offsets of the service's lines, from its key's line to the start of the line after its last. */
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
    const start = text.lastIndexOf("\n", key.range[0]) + 1;
    const body = text.slice(start, value.range[1]).trimEnd();
    return { name: String(key.value), value, start, end: start + body.length + 1 };
  });
}

function block(text: string, name: string): Block {
  const found = blocks(text).find((service) => service.name === name);
  if (!found) throw new UserError(`compose.yaml has no service ${name}`);
  return found;
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

/** Adds the lines of a service after the service `after`, or before all others. */
export function addService(text: string, name: string, service: string, after?: string): string {
  const at = after
    ? block(text, after).end
    : nextLine(text, (services(text).key as Block["value"]).range?.[0] ?? 0);
  const piece = after ? `\n${service}` : `${service}\n`;
  return addDependency(text.slice(0, at) + piece + text.slice(at), name, after);
}

/** Removes a service, the blank line beside it, and the dependencies on it. */
export function removeService(text: string, name: string): string {
  const without = removeDependency(text, name);
  const { start, end } = block(without, name);
  if (without.slice(0, start).endsWith("\n\n")) return without.slice(0, start - 1) + without.slice(end);
  return without.slice(0, start) + without.slice(end).replace(/^\n/, "");
}
