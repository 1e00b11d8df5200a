// The front page: the list of paths, a form to try one, its answer, and error messages.
import { answer, burst, explain } from "./answer.js";
import { send, signedInAs, signOut } from "./api.js";
import { element, find } from "./dom.js";
import { body, curl, fields, request } from "./form.js";
import { json, served } from "./served.js";
import { withCredentials } from "./sign-in.js";

const DASHBOARDS = { prometheus: "Prometheus", grafana: "Grafana" };
const form = find("#try");
let chosen; // a path with its versions and its part

const version = () => chosen.versions[form.elements.version?.value ?? 0];
const planned = () => request(version(), form, chosen.part.body(form));

function showState() {
  find("#account").hidden = !signedInAs();
  find("#user").textContent = signedInAs() ?? "";
  if (chosen) find("#curl code").textContent = curl(planned(), signedInAs() ?? "admin");
}

/** Shows a result or an error. Screen readers announce only the first line of a result. */
function show(result, failed) {
  find("#announcement").textContent = result?.firstChild.textContent ?? "";
  find("#result").replaceChildren(...(result ? [result] : []));
  const { title, text } = failed ? explain(failed) : {};
  find("#message").replaceChildren(...(failed ? [element("strong", {}, title), text] : []));
}

/** Runs one request at a time. Buttons stay enabled: disabling one would lose the keyboard focus. */
async function busy(work) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    await work(planned(), chosen.part);
  } finally {
    form.ariaBusy = "false";
    showState();
  }
}

const refused = (outcome) => show(undefined, outcome);

async function tryOne(sent, part) {
  const outcome = await withCredentials(sent, () => send(sent), refused);
  if (!outcome) return;
  if (outcome.ok) show(part.answer(outcome, sent) ?? answer(outcome));
  else refused(outcome);
}

async function tryMany(sent) {
  const ask = async () => {
    const { answers, shown } = await burst(sent);
    const failed = answers.find(({ status }) => status === 401) ?? answers.find(({ ok }) => !ok);
    return { ...failed, shown };
  };
  const outcome = await withCredentials(sent, ask, refused);
  if (outcome) show(outcome.shown, outcome.status === undefined ? undefined : outcome);
}

function radio(name, value, checked, ...text) {
  const input = element("input", { type: "radio", name, value, ...(checked && { checked: "" }) });
  return element("label", {}, input, element("span", {}, ...text));
}

/** Shows the fields of the selected version and keeps typed values. */
function showFields() {
  const typed = [...form.querySelectorAll("#fields :is(input, textarea)")].filter(
    ({ value, defaultValue }) => value !== defaultValue,
  );
  find("#fields").replaceChildren(...chosen.part.fields(version()));
  find("#burst").hidden = !version().repeatable;
  for (const { name, value } of typed) if (form.elements[name]) form.elements[name].value = value;
  showState();
}

/** Falls back to the generic form where a part cannot show this document, and to a message where nothing can. */
function choose(path) {
  try {
    showPath(path);
  } catch (error) {
    if (path.part !== GENERIC) return choose(Object.assign(path, { part: GENERIC }));
    find("#fields").replaceChildren();
    find("#message").replaceChildren(`This document cannot be shown: ${error.message}`);
  }
}

function showPath(path) {
  chosen = path;
  const { name, versions, part } = path;
  find("#try-title").textContent = `Try ${name}`;
  find("#send").textContent = part.action;
  const choices = versions.map(({ worker, headers }, index) => {
    const said = Object.entries(headers).map((pair) => pair.join(": "));
    const own = Object.hasOwn(part.labels, worker) && part.labels[worker];
    const [label, note] = own || [worker, said.join(", ") || "by default"];
    return radio(
      "version",
      index,
      index === part.preferred(versions),
      `${label} `,
      element("small", {}, note),
    );
  });
  find("#versions").hidden = versions.length < 2;
  find("#versions").replaceChildren(element("legend", {}, "Version"), ...choices);
  find("#fields").replaceChildren();
  show();
  showFields();
}

const GENERIC = { fields, body, answer, labels: {}, preferred: () => 0, action: "Send" };

/** parts/NAME may replace any of this for POST /NAME; gateway/site.ts writes their list. */
async function partOf({ name: operation }, parts) {
  const name = parts.find((part) => operation === `POST /${part}`);
  if (!name) return GENERIC;
  document.head.append(element("link", { rel: "stylesheet", href: `/parts/${name}/part.css` }));
  return { ...GENERIC, ...(await import(`/parts/${name}/part.js`).catch(() => ({}))) };
}

/** Each path once, with its summary and workers; then each worker without a document, with the reason. */
async function showServed() {
  const [{ paths, missing }, parts] = await Promise.all([served(), json("/parts/list.json").catch(() => [])]);
  for (const path of paths) path.part = await partOf(path, parts);
  const rows = paths.map(({ name, versions }, index) => {
    const workers = element("small", {}, versions.map(({ worker }) => worker).join(", "));
    return radio("path", index, index === 0, element("code", {}, name), ` ${versions[0].summary} `, workers);
  });
  const gone = missing.map(({ worker, why }) => element("p", { class: "missing" }, `${worker}: ${why}`));
  const none = element(
    "p",
    {},
    "No worker is served yet. Add one: ",
    element("code", {}, "make new-worker NAME=my-api"),
  );
  find("#served").replaceChildren(...rows, ...gone, ...(rows.length + gone.length > 0 ? [] : [none]));
  find("#served").addEventListener("change", ({ target }) => choose(paths[target.value]));
  if (paths.length === 0) return;
  choose(paths[0]);
  for (const card of document.querySelectorAll(".card[hidden]")) card.hidden = false;
}

/** The dashboards listen on loopback, so their links work only in a browser on that machine. */
async function showLinks() {
  if (!["localhost", "127.0.0.1"].includes(location.hostname)) return;
  const ports = await json("/assets/links.json").catch(() => ({}));
  for (const [key, name] of Object.entries(DASHBOARDS)) {
    if (ports[key]) find("#links").append(element("a", { href: `http://127.0.0.1:${ports[key]}` }, name));
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void busy(tryOne);
});
form.addEventListener("keydown", ({ key, target, ctrlKey, metaKey }) => {
  if (key === "Enter" && (ctrlKey || metaKey) && target.matches("textarea")) form.requestSubmit();
});
form.addEventListener("input", showState);
find("#versions").addEventListener("change", showFields);
find("#burst").addEventListener("click", () => {
  if (form.reportValidity()) void busy(tryMany);
});
find("#sign-out").addEventListener("click", () => {
  signOut();
  showState();
  show();
});
showServed().catch(({ message }) => {
  const text = `The paths cannot be listed: ${message} Reload the page to try again.`;
  find("#served").replaceChildren(element("p", { class: "missing", role: "alert" }, text));
});
void showLinks();
