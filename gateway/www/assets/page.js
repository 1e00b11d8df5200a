// The front page: a form, an answer, and messages for what can go wrong.
import { predict, signedInAs, signOut } from "./api.js";
import { burst } from "./burst.js";
import { showCurl } from "./curl.js";
import { element, find } from "./dom.js";
import { showLinks } from "./links.js";
import { explain } from "./messages.js";
import { answer } from "./result.js";
import { askForCredentials } from "./sign-in.js";

const form = find("#try");
const sentence = find("#sentence");
const version = () => new FormData(form).get("version");

function showAccount() {
  find("#account").hidden = !signedInAs();
  find("#user").textContent = signedInAs() ?? "";
}

/** Shows a result or a failure; of a result, screen readers speak its first line and not every bar. */
function show(result, failed) {
  find("#heard").textContent = result?.firstChild.textContent ?? "";
  find("#result").replaceChildren(...(result ? [result] : []));
  const { title, text } = failed ? explain(failed) : {};
  find("#message").replaceChildren(...(failed ? [element("strong", {}, title), text] : []));
}

/** Signs in where needed, then runs `ask`, again after each 401 until the user gives up. */
async function withCredentials(ask) {
  if (!signedInAs() && !(await askForCredentials())) return undefined;
  for (;;) {
    const outcome = await ask();
    if (outcome.status !== 401) return outcome;
    signOut();
    show(undefined, outcome);
    if (!(await askForCredentials("That user name and password were not accepted."))) return undefined;
  }
}

/** One thing at a time. Buttons stay enabled: a disabled one would lose the keyboard's focus. */
async function busy(work) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    await work();
  } finally {
    form.ariaBusy = "false";
    showAccount();
  }
}

async function tryOne() {
  const text = sentence.value;
  const outcome = await withCredentials(() => predict(text, version()));
  if (!outcome) return;
  if (outcome.status === 200) show(answer(text, outcome));
  else show(undefined, outcome);
}

async function tryMany() {
  const outcome = await withCredentials(async () => {
    const { answers, shown } = await burst(sentence.value, version());
    const failed =
      answers.find(({ status }) => status === 401) ?? answers.find(({ status }) => status !== 200);
    return { ...failed, shown };
  });
  if (outcome) show(outcome.shown, outcome.status === undefined ? undefined : outcome);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void busy(tryOne);
});
sentence.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
form.addEventListener("input", () => showCurl(sentence.value, version()));
for (const button of form.querySelectorAll("[data-example]")) {
  button.addEventListener("click", () => {
    sentence.value = button.textContent;
    form.requestSubmit();
    showCurl(sentence.value, version());
  });
}
find("#burst").addEventListener("click", () => {
  if (form.reportValidity()) void busy(tryMany);
});
find("#sign-out").addEventListener("click", () => {
  signOut();
  showAccount();
  show();
});
showCurl(sentence.value, version());
void showLinks();
