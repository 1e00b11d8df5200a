import { isMap, isScalar, type Pair, parseDocument } from "yaml";
import { UserError } from "../lib/fail.ts";

interface Block {
  name: string;
  /** Offsets of the service's lines, from its key's line to the start of the line after its last. */
  start: number;
  end: number;
}

/** Where each service stands in the text: edits cut and insert lines, so comments and order stay as they are. */
function serviceBlocks(text: string): Block[] {
  const services = parseDocument(text).get("services");
  if (!isMap(services)) throw new UserError("compose.yaml has no services");
  return services.items.map((pair: Pair) => {
    const { key, value } = pair;
    if (!isScalar(key) || !key.range || !isMap(value) || !value.range)
      throw new UserError("compose.yaml: odd service");
    const start = text.lastIndexOf("\n", key.range[0]) + 1;
    const body = text.slice(start, value.range[1]).trimEnd();
    return { name: String(key.value), start, end: start + body.length + 1 };
  });
}

function block(text: string, name: string): Block {
  const found = serviceBlocks(text).find((service) => service.name === name);
  if (!found) throw new UserError(`compose.yaml has no service ${name}`);
  return found;
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
  return `${text.slice(0, at)}\n${copy}${text.slice(at)}`;
}

/** Takes the lines of a service and the blank line before them out. */
export function removeService(text: string, name: string): string {
  const { start, end } = block(text, name);
  const before = text.slice(0, start).endsWith("\n\n") ? start - 1 : start;
  return text.slice(0, before) + text.slice(end);
}

/** Changes the list of workers whose documents the gateway's /docs offers. */
export function editWorkerNames(text: string, change: (names: string[]) => string[]): string {
  const names = parseDocument(text).getIn(["x-gateway-environment", "WORKER_NAMES"], true);
  if (!isScalar(names) || !names.range) throw new UserError("compose.yaml: the gateway has no WORKER_NAMES");
  const [start, end] = names.range;
  return text.slice(0, start) + change(String(names.value).split(" ")).join(" ") + text.slice(end);
}
