/**
 * `bun tests/emotion/tickets.ts >tickets.csv`: 450 support tickets with the columns id, label and text, for
 * `make train-own`. The subject of every ninth is random: people label so as well.
 */
import { Random } from "../../model/training/random.ts";

const SUBJECTS = {
  billing: {
    what: ["the invoice", "my card", "a refund", "the yearly plan", "the receipt", "last month's payment"],
    says: [
      "was charged twice",
      "shows the wrong amount",
      "was declined",
      "never arrived",
      "has the old VAT number",
    ],
  },
  bug: {
    what: ["the app", "the export", "the login page", "the search", "the upload", "the chart"],
    says: [
      "crashes on start",
      "shows an error 500",
      "is empty since the update",
      "hangs forever",
      "loses my changes",
    ],
  },
  feature: {
    what: [
      "a dark mode",
      "an import from Excel",
      "a keyboard shortcut",
      "an API for reports",
      "a calendar view",
    ],
    says: [
      "would save us hours",
      "would be great",
      "is missing",
      "is what we wish for",
      "should be possible",
    ],
  },
};
const OPENINGS = [
  "Hello,",
  "Hi team!",
  "Please help:",
  "Since Monday",
  "Quick question,",
  "For our 12 users",
];
const CLOSINGS = ["Thanks!", "Order 4711.", "Please advise.", "Kind regards\nAnna", 'We use "Pro".', ""];
const ROWS = 450;

const random = new Random(7);
const one = <T>(list: readonly T[]): T => list[random.next() % list.length]!;
const labels = Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[];
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

console.log("id,label,text");
for (let id = 1; id <= ROWS; id++) {
  const label = labels[id % labels.length]!;
  const { what, says } = SUBJECTS[id % 9 === 0 ? one(labels) : label];
  const text = `${one(OPENINGS)} ${one(what)} ${one(says)}. ${one(CLOSINGS)}`.trim();
  console.log(`${id},${label},${quoted(text)}`);
}
