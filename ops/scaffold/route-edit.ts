// Changes of gateway/routes/NAME.yaml; comments and order stay.
import { type Document, isMap, parseDocument } from "yaml";

const text = (document: Document) => document.toString({ lineWidth: 0, flowCollectionPadding: true });

/** Sends requests whose `header` has exactly this value to `worker`. */
export function withVersion(route: string, header: string, value: string, worker: string): string {
  const document = parseDocument(route);
  document.set("header", header);
  if (!isMap(document.get("values"))) document.set("values", document.createNode({}, { flow: true }));
  document.setIn(["values", value], worker);
  return text(document);
}

/** Sends nothing to `worker` any more; where it was the default, `next` is it, and needs no value of its own. */
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
