// The form of a path, built from its OpenAPI document, and its request.
import { element } from "./dom.js";

const PLACES = { path: "in the path", query: "in the query", header: "a header" };

/** The values of an enum; a parameter that may be left out has an empty one first. */
function choices(name, values, required, value) {
  const options = (required ? values : ["", ...values]).map((each) =>
    element("option", { value: each, ...(each === value && { selected: "" }) }, String(each)),
  );
  return element("select", { name, ...(required && { required: "" }) }, ...options);
}

/** A field for each parameter and one for the JSON body, with the document's examples. */
export function fields({ parameters, example }) {
  const inputs = parameters.map(({ in: place, name, required, example: shown, schema }) => {
    const value = shown ?? schema?.example ?? schema?.default ?? "";
    const field = `${place}.${name}`;
    const attributes = { name: field, value, spellcheck: "false", ...(required && { required: "" }) };
    const input = schema?.enum ? choices(field, schema.enum, required, value) : element("input", attributes);
    const note = `${PLACES[place]}${required ? ", required" : ""}`;
    return element("label", {}, `${name} `, element("small", {}, note), input);
  });
  if (example === undefined) return inputs;
  const text = JSON.stringify(example, null, 2);
  const rows = Math.min(Math.max(text.split("\n").length, 3), 12);
  const area = element("textarea", { name: "body", rows, required: "", spellcheck: "false" }, text);
  return [...inputs, element("label", {}, "Body ", element("small", {}, "JSON"), area)];
}

export const body = (form) => form.elements.body?.value;

/** The form's request to a version of the path. */
export function request({ method, path, headers, parameters, open }, form, text) {
  const sent = { ...headers, ...(text !== undefined && { "Content-Type": "application/json" }) };
  const query = new URLSearchParams();
  let url = path;
  for (const { in: place, name } of parameters) {
    const value = form.elements[`${place}.${name}`]?.value ?? "";
    if (place === "path") url = url.replace(`{${name}}`, encodeURIComponent(value));
    else if (value && place === "query") query.set(name, value);
    else if (value) sent[name] = value;
  }
  return { method, url: query.size > 0 ? `${url}?${query}` : url, headers: sent, body: text, open };
}

const quoted = (text) => (/^[\w:/.@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The request as a curl command. */
export function curl({ method, url, headers, body: text, open }, user) {
  const words = ["curl --cacert gateway/certs/nginx.crt"];
  if (!open) words.push(`-u ${quoted(user)}`);
  if (method !== (text === undefined ? "GET" : "POST")) words.push(`-X ${method}`);
  const lines = [
    [...words, quoted(`${location.origin}${url}`)].join(" "),
    ...Object.entries(headers).map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`),
    ...(text === undefined ? [] : [`  --data-raw ${quoted(text)}`]),
  ];
  return lines.join(" \\\n");
}
