// A version of a path: a copy of the default worker's source, and its entry in gateway/routes/NAME.yaml.
import { type Document, isMap, parseDocument } from "yaml";
import { UserError } from "../settings/fail.ts";

/** The header that selects a version. A type, because it is also passed as template values. */
export type Selector = { header: string; value: string };

const SELECTED_BY = /\n {2}selectedBy: \{[\s\S]*?\n {2}\},/; // as Biome formats it

/** The source without its selector, for a default worker. */
export function withoutSelector(source: string): string {
  return source.replace(SELECTED_BY, "");
}

/** The source of worker `from` as worker `to`. @throws UserError when it does not call `worker(from)`. */
export function versionSource(source: string, from: string, to: string, { header, value }: Selector): string {
  const call = `worker("${from}", {`;
  if (!source.includes(call))
    throw new UserError(`workers/${from}.ts cannot be copied: it does not call ${call} … })`);
  const selectedBy = `
  selectedBy: {
    header: "${header}",
    value: "${value}",
    description: "answered by ${to}",
  },`;
  return withoutSelector(source).replace(call, `worker("${to}", {${selectedBy}`);
}

// Edits of a route file keep comments and order.
const text = (document: Document) => document.toString({ lineWidth: 0, flowCollectionPadding: true });

/** Sends requests whose `header` has exactly this value to `worker`. */
export function withVersion(route: string, header: string, value: string, worker: string): string {
  const document = parseDocument(route);
  document.set("header", header);
  if (!isMap(document.get("values"))) document.set("values", document.createNode({}, { flow: true }));
  document.setIn(["values", value], worker);
  return text(document);
}

/** Removes `worker`; where it was the default, `next` becomes it, and its value is removed. */
export function withoutWorker(route: string, worker: string, next?: string): string {
  const document = parseDocument(route);
  const gone = [worker];
  if (document.get("worker") === worker && next) {
    document.set("worker", next);
    gone.push(next);
  }
  const values = document.get("values");
  if (isMap(values)) {
    values.items = values.items.filter((pair) => !gone.includes(String(pair.value)));
    if (values.items.length === 0) for (const key of ["header", "values"]) document.delete(key);
  }
  return text(document);
}
