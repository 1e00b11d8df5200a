/* global SwaggerUIBundle */
// Swagger UI for the documents of the workers in /docs/workers.json, and of their previews.
import { authorization, send } from "/assets/api.js";
import { listed } from "/assets/served.js";
import { withCredentials } from "/assets/sign-in.js";
import { folded } from "./folded.js";
import { nameFields } from "./names.js";

const choice = document.querySelector("#choice");
const view = document.querySelector("#swagger-ui");

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// Swagger UI shows Execute before an operation's fields, and shows the first value of a required list before it is set:
// a click in between does nothing. Here Execute is disabled until the fields are there with their values set.
const executable = () => ({
  wrapComponents: {
    execute:
      (Execute, { React }) =>
      (props) => {
        const drawn = props.specSelectors.specResolvedSubtree(["paths", props.path, props.method]);
        return React.createElement(Execute, { ...props, disabled: props.disabled || !drawn });
      },
    parameterRow:
      (Row, { React }) =>
      (props) => {
        const { rawParam, param, onChange } = props;
        const values = rawParam.get("required") && rawParam.getIn(["schema", "enum"]);
        React.useLayoutEffect(() => {
          if (values && param?.get("value") === undefined) onChange(rawParam, values.first());
        }, []);
        return React.createElement(Row, props);
      },
  },
});

/** @param described its `url` or `spec`. @param headers what every request gets, unless Swagger UI sets it itself. */
function show(described, headers = () => ({})) {
  const domNode = document.createElement("div");
  view.replaceChildren(domNode);
  SwaggerUIBundle({
    ...described,
    plugins: [executable, folded],
    domNode,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false, // no password in a storage
    tryItOutEnabled: true,
    validatorUrl: null, // the default sends the document to a server elsewhere
    // Suppresses the browser's own prompt on a 401; no cookie is needed.
    requestInterceptor: (request) =>
      Object.assign(request, { credentials: "omit", headers: { ...headers(), ...request.headers } }),
  });
}

/** Shows the document of a worker's preview, whose requests select it and use the page's credentials. */
async function showPreview(worker, url) {
  const sent = { method: "GET", url };
  const outcome = await withCredentials(
    sent,
    () => send(sent),
    () => undefined,
  );
  if (choice.value !== url) return;
  if (!outcome) throw new Error("it needs a user name and password.");
  if (outcome.status === 404) throw new Error(`the preview of ${worker} has ended.`);
  if (outcome.status === 0) throw new Error(`${url} does not answer.`);
  if (!outcome.ok) throw new Error(`${url} answers ${outcome.status}.`);
  show({ spec: outcome.body }, () => ({ "X-Version": outcome.version, ...authorization() }));
}

async function showChoice() {
  const { preview } = choice.selectedOptions[0].dataset;
  if (preview) await showPreview(preview, choice.value);
  else show({ url: choice.value });
}

/** @throws Error with the reason in one sentence. */
async function listedWorkers() {
  const { names, previewed } = await listed();
  if (names.length === 0) throw new Error("no worker is served.");
  return { names, previewed };
}

function fail({ message }) {
  const line = document.createElement("p");
  line.className = "failed";
  line.setAttribute("role", "alert");
  line.textContent = `No document can be shown: ${message} Reload the page to try again.`;
  view.replaceChildren(line);
}

const all = await listedWorkers().catch(fail);
if (all) {
  for (const name of all.names) {
    choice.add(new Option(name, `/openapi/${name}.json`));
    if (!all.previewed.includes(name)) continue;
    const option = new Option(`${name}, preview`, `/openapi/${name}.preview.json`);
    option.dataset.preview = name;
    choice.add(option);
  }
  nameFields(view);
  const change = () => showChoice().catch(fail);
  choice.addEventListener("change", change);
  void change();
}
