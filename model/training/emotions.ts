/** The 13 labels of the committed model's data, in the order of its weight rows. */
export const EMOTIONS = [
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

export type Emotion = (typeof EMOTIONS)[number];

export const EMOTION_COUNT = EMOTIONS.length;
