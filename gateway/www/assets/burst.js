// Thirty requests at once: what the rate limit lets through, and which replicas answer it.
import { predict } from "./api.js";
import { element } from "./dom.js";

const REQUESTS = 30;

function count(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort().map(([value, times]) => `${value} × ${times}`);
}

/** Sends the burst. @returns every answer, and how it went as an element. */
export async function burst(sentence, version) {
  const answers = await Promise.all(Array.from({ length: REQUESTS }, () => predict(sentence, version)));
  const good = answers.filter(({ status }) => status === 200);
  const bad = answers.filter(({ status }) => status !== 200);
  const squares = answers.map(({ status }) =>
    element("span", { class: status === 200 ? "answered" : "refused", title: String(status) }),
  );
  const served = good.length > 0 ? `: ${count(good.map(({ servedBy }) => servedBy)).join(", ")}` : "";
  const statuses = count(bad.map(({ status }) => status || "no answer"));
  const shown = element(
    "div",
    { class: "answer" },
    element("p", { class: "label" }, `${good.length} answered, ${bad.length} refused`),
    element("div", { class: "squares", "aria-hidden": "true" }, ...squares),
    element("p", { class: "facts" }, `Answered${served}. Refused with: ${statuses.join(", ") || "none"}.`),
  );
  return { answers, shown };
}
