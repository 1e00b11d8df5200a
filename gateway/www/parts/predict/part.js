// The emotion example's part of the front page: a sentence, v1 or v2, and the explanation of the answer.
import { element } from "/assets/dom.js";

const EXAMPLES = [
  "I'm so worried about tomorrow",
  "Wow, I did not see that coming :D",
  "I hate being stuck in traffic again",
];

export const action = "Predict";
export const labels = { "api-v1": ["v1", "the label"], "api-v2": ["v2", "and the reasons"] };
export const preferred = (versions) =>
  Math.max(
    versions.findIndex(({ worker }) => worker === "api-v2"),
    0,
  );

export function fields({ example }) {
  const attributes = { id: "sentence", name: "sentence", rows: 3, required: "", spellcheck: "false" };
  const text = element("textarea", attributes, example.sentence);
  const buttons = EXAMPLES.map((sentence) => {
    const button = element("button", { type: "button" }, sentence);
    button.addEventListener("click", () => {
      text.value = sentence;
      text.form.requestSubmit();
    });
    return button;
  });
  return [
    element("label", { for: "sentence" }, "A text, up to 5,000 characters"),
    text,
    element("div", { class: "examples" }, element("span", { class: "note" }, "Or one of these:"), ...buttons),
  ];
}

export const body = (form) => JSON.stringify({ sentence: form.elements.sentence.value });

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
const percent = (value) => `${(100 * value).toFixed(1)} %`;

/** The sentence with the contributing words marked: solid for the prediction, dashed against it. */
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
      : [element("p", {}, "None: the prediction is the prior.")]),
    element("p", { class: "facts" }, `Solid: for ${label}; dashed: against it. ${valence(debug.valence)}`),
    element("h3", {}, `All ${Object.keys(prediction_proba_dict).length} labels`),
    bars(prediction_proba_dict),
  ];
}

/** The label, and with v2 the explanation; undefined for an answer of another form. */
export function answer({ body: answered, milliseconds, servedBy, requestId }, sent) {
  const label = answered?.["prediction value"];
  if (label === undefined) return undefined;
  const { debug } = answered;
  const inModel = debug ? `, ${debug.duration_ms.toFixed(2)} ms of them in the model` : "";
  const facts = `${milliseconds.toFixed(0)} ms round trip${inModel}. Answered by ${servedBy}, request ${requestId}.`;
  return element(
    "div",
    { class: "answer" },
    element("p", { class: "label" }, label),
    element("p", { class: "facts" }, facts),
    ...(debug ? reasons(JSON.parse(sent.body).sentence, answered, label) : []),
  );
}
