// Answers as elements: JSON, an error message, or the result of a burst.
import { send } from "./api.js";
import { element } from "./dom.js";

const REQUESTS = 30;
const TITLES = {
  0: "The gateway does not respond.",
  400: "Bad request.",
  401: "Not signed in.",
  413: "The request is too large.",
  422: "The body does not match what this path accepts.",
  429: "Rate limit exceeded.",
  502: "No worker is available.",
  503: "Temporarily refused.",
  504: "The worker took too long.",
};

/** Any answer, as JSON or text. */
export function answer({ status, text, body, milliseconds, servedBy, requestId }) {
  const facts = `${milliseconds.toFixed(0)} ms round trip. Answered by ${servedBy}, request ${requestId}.`;
  const shown = body === undefined ? text : JSON.stringify(body, null, 2);
  return element(
    "div",
    { class: "answer" },
    element("p", { class: "label" }, `Status ${status}`),
    element("p", { class: "facts" }, facts),
    element("pre", {}, element("code", {}, shown || "(no body)")),
  );
}

function details({ errors, detail } = {}) {
  const [first] = errors ?? [];
  return first ? `The ${first.field || "body"} ${first.message}.` : (detail ?? "");
}

/** An error as a title and a text that says what to do. */
export function explain({ status, body, retryAfter, requestId }) {
  const title = TITLES[status] ?? `The answer was ${status}.`;
  if (status === 0) return { title, text: "It may be stopped or restarting. Try again in a moment." };
  const wait = retryAfter ? ` Try again in ${retryAfter} s.` : "";
  return { title, text: `${details(body)}${wait} (status ${status}, request ${requestId})` };
}

function count(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort().map(([value, times]) => `${value} × ${times}`);
}

/** Sends 30 requests at once, to show the rate limit and the replicas. @returns the answers, and an element. */
export async function burst(request) {
  const answers = await Promise.all(Array.from({ length: REQUESTS }, () => send(request)));
  const good = answers.filter(({ ok }) => ok);
  const bad = answers.filter(({ ok }) => !ok);
  const squares = answers.map(({ ok, status }) =>
    element("span", { class: ok ? "answered" : "refused", title: String(status) }),
  );
  const replicas = good.length > 0 ? `: ${count(good.map(({ servedBy }) => servedBy)).join(", ")}` : "";
  const statuses = count(bad.map(({ status }) => status || "no answer"));
  const shown = element(
    "div",
    { class: "answer" },
    element("p", { class: "label" }, `${good.length} answered, ${bad.length} refused`),
    element("div", { class: "squares", "aria-hidden": "true" }, ...squares),
    element("p", { class: "facts" }, `Answered${replicas}. Refused with: ${statuses.join(", ") || "none"}.`),
  );
  return { answers, shown };
}
