// Some fields of Swagger UI have no accessible name. They are re-rendered at any time, so each is named when it
// appears.
const NAMES = {
  "#servers": "Server",
  ".body-param__text": "Request body",
  ".parameter-controls .examples-select-element": "Example of this parameter",
  ".response-control-examples .examples-select-element": "Example of this answer",
  ".examples-select-element": "Example",
  ".content-type": "Media type",
  ".close-modal": "Close",
  ".modal-btn.authorize": "Authorize",
};

export function nameFields(root) {
  const named = new WeakSet();
  const give = (field, text) => {
    field.ariaLabel = text;
    named.add(field);
  };
  const name = () => {
    for (const [selector, text] of Object.entries(NAMES)) {
      for (const field of root.querySelectorAll(selector)) if (!named.has(field)) give(field, text);
    }
    for (const text of root.querySelectorAll("pre")) text.tabIndex = 0; // scrolls by keyboard
  };
  new MutationObserver(name).observe(root, { childList: true, subtree: true });
}
