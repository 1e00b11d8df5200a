import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { UserError } from "../settings/fail.ts";

// Edits cut and insert pieces of the text, so comments and order stay as they are.

interface Block {
  name: string;
  value: YAMLMap;
  /** Offsets of the service's lines, from its key's line to the start of the line after its last. */
  start: number;
  end: number;
}

function serviceBlocks(text: string): Block[] {
  const services = parseDocument(text).get("services");
  if (!isMap(services)) throw new UserError("compose.yaml has no services");
  return services.items.map((pair: Pair) => {
    const { key, value } = pair;
    if (!isScalar(key) || !key.range || !isMap(value) || !value.range)
      throw new UserError("compose.yaml: odd service");
    const start = text.lastIndexOf("\n", key.range[0]) + 1;
    const body = text.slice(start, value.range[1]).trimEnd();
    return { name: String(key.value), value, start, end: start + body.length + 1 };
  });
}

function block(text: string, name: string): Block {
  const found = serviceBlocks(text).find((service) => service.name === name);
  if (!found) throw new UserError(`compose.yaml has no service ${name}`);
  return found;
}

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
  const entries = (list as YAMLMap | YAMLSeq).items.flatMap((item): Entry[] => {
    const [first, last] = isPair(item) ? [item.key, item.value] : [item, item];
    if (!isScalar(first) || !first.range || !isNode(last) || !last.range) return [];
    return [{ name: String(first.value), start: first.range[0], end: last.range[1] }];
  });
  return { key: pair.key.range?.[0] ?? 0, flow: list.flow === true, entries };
}

/** The lines that hold what stands between two offsets. */
function lines(text: string, start: number, end: number): { start: number; end: number } {
  const body = text.slice(0, end).trimEnd().length;
  return { start: text.lastIndexOf("\n", start) + 1, end: text.indexOf("\n", body) + 1 };
}

/** Lets every service that depends on `model` depend on `name` too; it stands after `last`. */
function addDependency(text: string, name: string, model: string, last: string): string {
  let edited = text;
  for (const { value } of serviceBlocks(text).reverse()) {
    const { flow = false, entries = [] } = dependencies(value) ?? {};
    const from = entries.find((entry) => entry.name === model);
    if (!from) continue;
    const after = entries.find((entry) => entry.name === last) ?? from;
    const piece = flow ? from : lines(text, from.start, from.end);
    const copy = text.slice(piece.start, piece.end).replace(model, name);
    const at = flow ? after.end : lines(text, after.start, after.end).end;
    edited = `${edited.slice(0, at)}${flow ? ", " : ""}${copy}${edited.slice(at)}`;
  }
  return edited;
}

function removeDependency(text: string, name: string): string {
  let edited = text;
  for (const { value } of serviceBlocks(text).reverse()) {
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

/** Adds `name` after the service `last`, as a copy of the service `model` with `replicas`. */
export function addService(
  text: string,
  name: string,
  model: string,
  last: string,
  replicas: number,
): string {
  const { start, end } = block(text, model);
  const copy = text
    .slice(start, end)
    .replaceAll(model, name)
    .replace(/replicas: \d+/, `replicas: ${replicas}`);
  const at = block(text, last).end;
  return addDependency(`${text.slice(0, at)}\n${copy}${text.slice(at)}`, name, model, last);
}

/** Takes out the lines of a service, the blank line before them, and what depends on it. */
export function removeService(text: string, name: string): string {
  const without = removeDependency(text, name);
  const { start, end } = block(without, name);
  const before = without.slice(0, start).endsWith("\n\n") ? start - 1 : start;
  return without.slice(0, before) + without.slice(end);
}

/** @throws UserError unless the text is YAML: a file that no command can read is never written. */
function checked(text: string): string {
  const [error] = parseDocument(text).errors;
  if (error) throw new UserError(`compose.yaml cannot be changed: ${error.message.split("\n", 1)}`);
  return text;
}

/** Changes the list of workers whose documents the gateway's /docs offers; it becomes one line. */
export function editWorkerNames(text: string, change: (names: string[]) => string[]): string {
  const names = parseDocument(text).getIn(["x-gateway-settings", "WORKER_NAMES"], true);
  if (!isScalar(names) || !names.range) throw new UserError("compose.yaml: the gateway has no WORKER_NAMES");
  const [start, end] = names.range;
  const old = String(names.value ?? "").split(/\s+/);
  const list = change(old.filter(Boolean)).join(" ") || '""';
  const ending = text.slice(start, end).endsWith("\n") ? "\n" : ""; // a block's range holds its line's end
  return checked(text.slice(0, start) + list + ending + text.slice(end));
}
