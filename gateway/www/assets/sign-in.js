// The sign-in dialog, and requests that need credentials.
import { signedInAs, signIn, signOut } from "./api.js";
import { find } from "./dom.js";

const dialog = find("#sign-in");
const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;
find("#demo").hidden = !LOOPBACK.test(location.hostname);

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
