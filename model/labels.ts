/** The 13 emotions, in the order of every vector, table and weight row of the model. */
export const LABELS = [
  "anger",
  "boredom",
  "empty",
  "enthusiasm",
  "fun",
  "happiness",
  "hate",
  "love",
  "neutral",
  "relief",
  "sadness",
  "surprise",
  "worry",
] as const;

export type Label = (typeof LABELS)[number];

export const LABEL_COUNT = LABELS.length;

/** The label at `index`; throws when the index is outside 0..12. */
export function labelAt(index: number): Label {
  const label = LABELS[index];
  if (label === undefined) throw new RangeError(`no label has index ${index}`);
  return label;
}
