// An answer as the page shows it.
import { element } from "./dom.js";

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
const percent = (value) => `${(100 * value).toFixed(1)} %`;

/** The sentence with the words that moved the decision marked: solid for it, dashed against it. */
function marked(sentence, contributions, label) {
  const strongest = Math.max(...contributions.map(({ contribution }) => Math.abs(contribution)));
  const text = element("p", { class: "marked" });
  let at = 0;
  for (const { start, end, contribution } of contributions.toSorted((a, b) => a.start - b.start)) {
    if (start < at) continue;
    const side = contribution < 0 ? "against" : "for";
    const mark = element("mark", { class: side, title: `${signed(contribution)} ${side} ${label}` });
    mark.append(sentence.slice(start, end));
    mark.style.setProperty("--strength", percent(Math.abs(contribution) / strongest).replace(" ", ""));
    text.append(sentence.slice(at, start), mark);
    at = end;
  }
  text.append(sentence.slice(at));
  return text;
}

function weights(contributions) {
  const items = contributions.map(({ token, contribution }) =>
    element("li", {}, `${token} ${signed(contribution)}`),
  );
  return element("ul", { class: "weights" }, ...items);
}

function bars(probabilities) {
  const sorted = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
  const items = sorted.map(([label, probability]) => {
    const fill = element("span", { class: "fill" });
    fill.style.width = `${100 * probability}%`;
    return element(
      "li",
      {},
      element("span", {}, label),
      element("span", { class: "track", "aria-hidden": "true" }, fill),
      element("span", { class: "value" }, percent(probability)),
    );
  });
  return element("ol", { class: "bars" }, ...items);
}

function valence({ score, positive, negative }) {
  const words = [...positive, ...negative];
  if (words.length === 0) return "No word of the valence list occurs.";
  return `Valence ${score > 0 ? "+" : ""}${score}, from ${words.join(", ")}.`;
}

function reasons(sentence, { prediction_proba_dict, debug }, label) {
  return [
    element("h3", {}, "The words that moved the decision"),
    ...(debug.contributions.length > 0
      ? [marked(sentence, debug.contributions, label), weights(debug.contributions)]
      : [element("p", {}, "None: it rests on what is usual.")]),
    element("p", { class: "facts" }, `Solid: for ${label}; dashed: against it. ${valence(debug.valence)}`),
    element("h3", {}, "All 13 emotions"),
    bars(prediction_proba_dict),
  ];
}

/** What a 200 says: the emotion, and with v2 the reasons. */
export function answer(sentence, { body, milliseconds, servedBy, requestId }) {
  const label = body["prediction value"];
  const inModel = body.debug ? `, ${body.debug.duration_ms.toFixed(2)} ms of them in the model` : "";
  const facts = `${milliseconds.toFixed(0)} ms there and back${inModel}. Answered by ${servedBy}, request ${requestId}.`;
  return element(
    "div",
    { class: "answer" },
    element("p", { class: "label" }, label),
    element("p", { class: "facts" }, facts),
    ...(body.debug ? reasons(sentence, body, label) : []),
  );
}
