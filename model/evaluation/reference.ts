import type { Example } from "../training/dataset.ts";
import { EMOTION_COUNT } from "../training/emotions.ts";
import { minimize } from "./lbfgs.ts";

const VOCABULARY = 5_000;
const ITERATIONS = 100;
const TOLERANCE = 1e-4;

type Vector = readonly { readonly index: number; readonly value: number }[];

/**
 * The reference configuration: TF-IDF over the 5,000 most common unigrams and multinomial logistic
 * regression, with the defaults of scikit-learn 1.6 (`TfidfVectorizer(max_features=5000)`,
 * `LogisticRegression()`: L2 with C = 1, L-BFGS, 100 iterations). Returns text → 13 probabilities.
 */
export function trainReference(examples: readonly Example[]): (text: string) => Float64Array {
  const documents = examples.map((example) => countTerms(example.text));
  const idf = inverseDocumentFrequencies(documents);
  const index = new Map([...idf.keys()].map((term, i) => [term, i]));
  const vectorize = (counts: Map<string, number>): Vector => {
    const raw = [...counts].flatMap(([term, count]) => {
      const at = index.get(term);
      return at === undefined ? [] : [{ index: at, value: count * idf.get(term)! }];
    });
    const norm = Math.sqrt(raw.reduce((sum, { value }) => sum + value * value, 0)) || 1;
    return raw.map((entry) => ({ index: entry.index, value: entry.value / norm }));
  };
  const rows = documents.map(vectorize);
  const weights = new Float64Array((index.size + 1) * EMOTION_COUNT);
  const bias = index.size * EMOTION_COUNT;

  const probabilities = (row: Vector, x: Float64Array): Float64Array => {
    const p = x.slice(bias, bias + EMOTION_COUNT);
    for (const { index: i, value } of row) {
      for (let k = 0; k < EMOTION_COUNT; k++) p[k]! += value * x[i * EMOTION_COUNT + k]!;
    }
    const max = Math.max(...p);
    let sum = 0;
    for (let k = 0; k < EMOTION_COUNT; k++) sum += p[k] = Math.exp(p[k]! - max);
    for (let k = 0; k < EMOTION_COUNT; k++) p[k]! /= sum;
    return p;
  };

  const objective = (x: Float64Array, gradient: Float64Array): number => {
    const n = rows.length;
    let value = 0;
    gradient.fill(0);
    for (let i = 0; i < bias; i++) {
      value += (x[i]! * x[i]!) / (2 * n);
      gradient[i] = x[i]! / n;
    }
    for (const [r, row] of rows.entries()) {
      const error = probabilities(row, x);
      const truth = examples[r]!.label;
      value -= Math.log(error[truth]!) / n;
      error[truth]! -= 1;
      for (let k = 0; k < EMOTION_COUNT; k++) gradient[bias + k]! += error[k]! / n;
      for (const { index: i, value: v } of row) {
        for (let k = 0; k < EMOTION_COUNT; k++) gradient[i * EMOTION_COUNT + k]! += (error[k]! * v) / n;
      }
    }
    return value;
  };
  minimize(objective, weights, ITERATIONS, TOLERANCE);
  return (text) => probabilities(vectorize(countTerms(text)), weights);
}

function countTerms(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [term] of text.toLowerCase().matchAll(/[\p{L}\p{N}_]{2,}/gu)) {
    counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return counts;
}

/** Smoothed idf of the most common terms: ln((1 + n) / (1 + df)) + 1. */
function inverseDocumentFrequencies(documents: readonly Map<string, number>[]): Map<string, number> {
  const totals = new Map<string, { count: number; documents: number }>();
  for (const document of documents) {
    for (const [term, count] of document) {
      const total = totals.get(term) ?? { count: 0, documents: 0 };
      total.count += count;
      total.documents++;
      totals.set(term, total);
    }
  }
  const mostCommon = [...totals].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
  return new Map(
    mostCommon
      .slice(0, VOCABULARY)
      .map(([term, total]) => [term, Math.log((1 + documents.length) / (1 + total.documents)) + 1]),
  );
}
