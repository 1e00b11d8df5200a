// What went wrong, in words that say what to do.
function details({ errors, detail }) {
  const [first] = errors ?? [];
  return first ? `The ${first.field} ${first.message}.` : (detail ?? "");
}

const TITLES = {
  0: "The gateway does not answer.",
  401: "Not signed in.",
  413: "That is too long.",
  422: "That cannot be read as a sentence.",
  429: "Refused for now.",
  502: "No worker answers.",
  503: "Refused for now.",
  504: "The worker took too long.",
};

/** @returns the title and the text of a failed answer. */
export function explain({ status, body, retryAfter, requestId }) {
  const title = TITLES[status] ?? `The answer was ${status}.`;
  if (status === 0) return { title, text: "It may be stopped or restarting. Try again in a moment." };
  const wait = retryAfter ? ` Try again in ${retryAfter} s.` : "";
  return { title, text: `${details(body)}${wait} (status ${status}, request ${requestId})` };
}
