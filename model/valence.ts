import Sentiment from "sentiment";

export interface Valence {
  /** Sum of the listed words' valences, -5..5 each. */
  readonly score: number;
  /** Score per token. */
  readonly comparative: number;
  readonly positive: readonly string[];
  readonly negative: readonly string[];
}

const sentiment = new Sentiment();

/** Polarity by word list (the `sentiment` package), for any string. */
export function valence(text: string): Valence {
  // The package looks negators up in a plain object, and "constructor" is a key of every object.
  const safe = text.replace(/constructor/gi, "konstruktor");
  const { score, comparative, positive, negative } = sentiment.analyze(safe);
  return { score, comparative, positive: positive.reverse(), negative: negative.reverse() };
}
