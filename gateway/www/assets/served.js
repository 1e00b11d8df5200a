// The list of workers, and the operations in their OpenAPI documents.
const LIST = "/docs/workers.json";
const METHODS = ["get", "post", "put", "patch", "delete"];
const TIMEOUT_MS = 5000;

/** Fetches JSON. @throws Error with the reason in one sentence. */
export async function json(url) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetch(url, { credentials: "omit", signal }).catch(() => undefined);
  if (!answer) throw new Error(`${url} does not answer.`);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}.`);
  return answer.json().catch(() => {
    throw new Error(signal.aborted ? `${url} does not arrive.` : `${url} is not JSON.`);
  });
}

/** The workers' names, served as a list or as one string, those with a preview that has not ended, and the routes. */
export async function listed() {
  const { workers = [], previews = [], now, routes = [] } = await json(LIST);
  const names = typeof workers === "string" ? workers.split(" ").filter(Boolean) : workers;
  const previewed = previews.filter(({ until }) => until > now).map(({ worker }) => worker);
  return { names, previewed, routes };
}

/** Whether a path of a route, "/x" or "/x/*", covers this one. */
const covers = (path) => (one) =>
  one.endsWith("/*") ? `${path}/`.startsWith(one.slice(0, -1)) : path === one;

/** Whether a request may be sent many times: a GET, or a POST whose route says that it is idempotent. */
function isRepeatable(method, path, routes) {
  const listed = routes.flatMap(({ paths = [], idempotent = [] }) =>
    paths.map((one) => ({ one, yes: idempotent.includes(one) })),
  );
  const [nearest] = listed
    .filter(({ one }) => covers(path)(one))
    .sort((a, b) => (b.one === path) - (a.one === path) || b.one.length - a.one.length);
  return method === "GET" || (method === "POST" && nearest?.yes === true);
}

/** The header and value that select a worker by the gateway's routes; none for the default worker. */
function routeHeaders(worker, path, routes) {
  const route = routes.find(({ paths = [] }) => paths.some(covers(path)));
  const [value] = Object.entries(route?.values ?? {}).find(([, selected]) => selected === worker) ?? [];
  return value === undefined ? {} : { [route.header]: value };
}

/** Every operation of a document; a required header with an enum selects this worker on a shared path. */
function operationsOf(worker, document, routes) {
  const resolve = (node) =>
    node?.$ref
      ? node.$ref
          .slice(2)
          .split("/")
          .reduce((parent, key) => parent[key], document)
      : node;
  const operation = (path, method, item) => {
    const { summary = "", requestBody, security = document.security, parameters = [] } = item[method];
    const all = [...(item.parameters ?? []), ...parameters].map(resolve);
    const isSelector = (one) => one.in === "header" && one.required && one.schema?.enum;
    const selectors = all.filter(isSelector).map(({ name, schema }) => [name, schema.enum[0]]);
    const media = resolve(requestBody)?.content?.["application/json"];
    return {
      worker,
      path,
      method: method.toUpperCase(),
      summary,
      headers: { ...routeHeaders(worker, path, routes), ...Object.fromEntries(selectors) },
      parameters: all
        // A page cannot send cookies of its own choice.
        .filter((one) => one.in !== "cookie" && (one.in !== "header" || (one.required && !isSelector(one))))
        .map((one) => ({ ...one, schema: resolve(one.schema) })),
      example: media && (media.example ?? resolve(media.schema)?.example ?? {}),
      open: !security?.length,
      repeatable: isRepeatable(method.toUpperCase(), path, routes),
    };
  };
  return Object.entries(document.paths ?? {})
    .filter(([path]) => /^\/(?!\/)/.test(path)) // of this origin
    .flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => operation(path, method, item)),
    );
}

/**
 * Each path once, with a version for every worker of it, and the workers whose document is unavailable.
 * @throws Error if the list of workers is unavailable.
 */
export async function served() {
  const { names, routes } = await listed();
  const read = async (name) => operationsOf(name, await json(`/openapi/${name}.json`), routes);
  const documents = await Promise.allSettled(names.map(read));
  const paths = new Map();
  const missing = [];
  for (const [index, { value = [], reason }] of documents.entries()) {
    const why = reason?.message ?? (value.length === 0 && "Its document has no paths.");
    if (why) missing.push({ worker: names[index], why });
    for (const version of value) {
      const key = `${version.method} ${version.path}`;
      paths.set(key, [...(paths.get(key) ?? []), version]);
    }
  }
  return { paths: [...paths].map(([name, versions]) => ({ name, versions })), missing };
}
