// The sign-in dialog, and requests that need credentials.
import { signedInAs, signIn, signOut } from "./api.js";
import { element, find } from "./dom.js";

const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;
const demo = LOOPBACK.test(location.hostname)
  ? [" By default both are ", element("code", {}, "admin"), "."]
  : [];
const dialog = element(
  "dialog",
  { id: "sign-in", class: "controls", "aria-labelledby": "sign-in-title" },
  element(
    "form",
    { method: "dialog" },
    element("h2", { id: "sign-in-title" }, "Sign in"),
    element("p", { id: "sign-in-message", role: "alert" }),
    element("label", { for: "name" }, "User name"),
    element("input", {
      id: "name",
      autocomplete: "username",
      autocapitalize: "none",
      spellcheck: "false",
      required: "",
    }),
    element("label", { for: "password" }, "Password"),
    element("input", {
      id: "password",
      type: "password",
      autocomplete: "current-password",
      required: "",
    }),
    element("p", { class: "note" }, "Kept in this page's memory until you reload it.", ...demo),
    element(
      "div",
      { class: "actions" },
      element("button", { class: "primary", type: "submit" }, "Sign in"),
      element("button", { type: "button", id: "cancel" }, "Cancel"),
    ),
  ),
);
document.body.append(dialog);

/** Opens the dialog with a reason. @returns whether the user signed in. */
function askForCredentials(reason = "") {
  find("#sign-in-message").textContent = reason;
  dialog.showModal();
  return new Promise((done) => {
    let signedIn = false;
    dialog.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      signIn(find("#name").value, find("#password").value);
      signedIn = true;
      dialog.close();
    };
    find("#cancel").onclick = () => dialog.close();
    dialog.onclose = () => {
      find("#password").value = "";
      done(signedIn);
    };
  });
}

/** Signs in if needed, then runs `ask`; after a 401 again, until it succeeds or the user cancels. */
export async function withCredentials({ open }, ask, refused) {
  if (!open && !signedInAs() && !(await askForCredentials())) return undefined;
  for (;;) {
    const outcome = await ask();
    if (open || outcome.status !== 401) return outcome;
    signOut();
    refused(outcome);
    if (!(await askForCredentials("That user name and password were not accepted."))) return undefined;
  }
}
