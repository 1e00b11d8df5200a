// The dialog that asks for credentials, once.
import { signIn } from "./api.js";
import { find } from "./dom.js";

const dialog = find("#sign-in");
const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;
find("#demo").hidden = !LOOPBACK.test(location.hostname);

/** Opens the dialog, with a reason why. @returns whether the user signed in. */
export function askForCredentials(reason = "") {
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
