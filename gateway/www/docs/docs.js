/* global SwaggerUIBundle */
// Swagger UI for the documents of the workers in /docs/workers.json.
import { listed } from "/assets/served.js";
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

function show(url) {
  SwaggerUIBundle({
    url,
    plugins: [executable, folded],
    dom_id: "#swagger-ui",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false, // no password in a storage
    tryItOutEnabled: true,
    validatorUrl: null, // the default sends the document to a server elsewhere
    // Suppresses the browser's own prompt on a 401; no cookie is needed.
    requestInterceptor: (request) => Object.assign(request, { credentials: "omit" }),
  });
}

/** @throws Error with the reason in one sentence. */
async function workerNames() {
  const { names } = await listed();
  if (names.length === 0) throw new Error("no worker is served.");
  return names;
}

function fail({ message }) {
  const line = document.createElement("p");
  line.className = "failed";
  line.setAttribute("role", "alert");
  line.textContent = `No document can be shown: ${message} Reload the page to try again.`;
  view.replaceChildren(line);
}

const names = await workerNames().catch(fail);
if (names) {
  for (const name of names) choice.add(new Option(name, `/openapi/${name}.json`));
  nameFields(view);
  choice.addEventListener("change", () => show(choice.value));
  show(choice.value);
}
