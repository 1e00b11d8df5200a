// Compares the answers of two versions to one request.
import type { Answer } from "./contract.ts";
import { type Fields, item, member, TOLERANCE } from "./fields.ts";

export interface Difference {
  /** The paths of labels with both values, one of each item of a list. Long values are cut. */
  labels: { path: string; stable: string; candidate: string; same: boolean }[];
  /** Absolute differences; `within` the tolerance. */
  numbers: { path: string; difference: number; within: boolean }[];
  /** Jensen-Shannon divergences in bits, 0 to 1. */
  distributions: { path: string; divergence: number }[];
  texts: { path: string; same: boolean }[];
  shapes: { path: string; what: "missing" | "extra" | "type" }[];
  /** Whether all labels are equal; undefined where the answers have none. */
  sameLabel: boolean | undefined;
  /** Whether nothing that is compared differs; an additional field is no difference. */
  same: boolean;
  /** For an order: how different the answers are. */
  distance: number;
}

const MAX_DIFFERENCES = 8;

/** What differs, for people. */
export function described({ labels, numbers, texts, shapes }: Difference): string[] {
  const all = [
    ...labels.filter(({ same }) => !same).map((one) => `${one.path} ${one.stable} -> ${one.candidate}`),
    ...numbers
      .filter(({ within }) => !within)
      .map((one) => `${one.path} by ${one.difference.toPrecision(3)}`),
    ...texts.filter(({ same }) => !same).map(({ path }) => path || "the text"),
    ...shapes.map(
      ({ path, what }) => `${path || "the answer"} ${what === "type" ? "has another type" : `is ${what}`}`,
    ),
  ];
  return all.length > MAX_DIFFERENCES ? [...all.slice(0, MAX_DIFFERENCES), "…"] : all;
}

/** Below this depth values are compared as texts. */
const MAX_DEPTH = 64;
const MAX_LABEL = 64;

/** A comparison that goes on. */
type Found = Omit<Difference, "sameLabel" | "same" | "distance"> & { fields: Fields; depth: number };

const kind = (value: unknown) =>
  value === null ? "null" : Array.isArray(value) ? "array" : (typeof value as string);

const isDistribution = (value: unknown): value is Record<string, number> =>
  kind(value) === "object" &&
  Object.values(value as object).every((one) => typeof one === "number" && one >= 0 && Number.isFinite(one));

/**
 * Jensen-Shannon divergence of two distributions in bits: 0 for equal ones, 1 for disjoint ones. Both are made to sum
 * to 1. J. Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37 (1991).
 */
export function divergence(p: Record<string, number>, q: Record<string, number>): number {
  // By the largest first: a sum of the largest numbers has no value.
  const scale = (all: Record<string, number>) => {
    const values = Object.values(all);
    const most = Math.max(...values) || 1;
    const sum = values.reduce((a, b) => a + b / most, 0) || 1;
    return (name: string) => (Object.hasOwn(all, name) ? (all[name] ?? 0) / most / sum : 0);
  };
  const [ofP, ofQ] = [scale(p), scale(q)];
  let total = 0;
  for (const name of new Set([...Object.keys(p), ...Object.keys(q)])) {
    const [a, b] = [ofP(name), ofQ(name)];
    const middle = (a + b) / 2;
    if (a > 0) total += (a * Math.log2(a / middle)) / 2;
    if (b > 0) total += (b * Math.log2(b / middle)) / 2;
  }
  return Math.min(1, Math.max(0, total));
}

/** Also a short name of a long value is its own. */
function label(value: unknown): string {
  const text = (typeof value === "object" ? kind(value) : String(value)).toWellFormed();
  if (text.length <= MAX_LABEL) return text;
  return `${text.slice(0, MAX_LABEL - 7)}…${Bun.hash(text).toString(36).slice(0, 6)}`;
}
const addLabel = (
  { labels }: Found,
  path: string,
  stable: unknown,
  candidate: unknown,
  same = stable === candidate,
) => labels.push({ path, stable: label(stable), candidate: label(candidate), same });

/** The value of a label that an answer does not have. */
export const ABSENT = "(absent)";

/** Where one side has no such part, or another type: its labels have no counterpart. */
function addLost(found: Found, path: string, value: unknown, isCandidate = false): void {
  const { fields } = found;
  const { rule } = fields.get(path) ?? {};
  if (rule === "ignore" || found.depth >= MAX_DEPTH) return;
  const [stable, candidate] = isCandidate ? [ABSENT, value] : [value, ABSENT];
  found.depth++;
  if (rule === "label") addLabel(found, path, stable, candidate, false);
  else if (Array.isArray(value)) for (const one of value) addLost(found, item(path), one, isCandidate);
  else if (kind(value) === "object")
    for (const [name, one] of Object.entries(value as object))
      addLost(found, member(fields, path, name), one, isCandidate);
  found.depth--;
}

function compareLeaves(found: Found, path: string, stable: unknown, candidate: unknown): void {
  const field = found.fields.get(path);
  const { rule, tolerance } =
    field && field.rule !== "parts"
      ? field
      : { rule: typeof stable === "number" ? "number" : "text", tolerance: TOLERANCE };
  if (rule === "label") addLabel(found, path, stable, candidate);
  else if (typeof stable === "number" && typeof candidate === "number" && rule === "number") {
    // 1e999 is infinite, and so is the difference of the largest numbers.
    const difference = stable === candidate ? 0 : Math.min(Math.abs(stable - candidate), Number.MAX_VALUE);
    found.numbers.push({ path, difference, within: difference <= tolerance });
  } else found.texts.push({ path, same: stable === candidate });
}

type Members = Record<string, unknown>;

function compareObjects(found: Found, path: string, stable: Members, candidate: Members): void {
  const { fields } = found;
  if (fields.get(path)?.rule === "distribution" && isDistribution(stable) && isDistribution(candidate))
    found.distributions.push({ path, divergence: divergence(stable, candidate) });
  for (const name of new Set([...Object.keys(stable), ...Object.keys(candidate)])) {
    const own = member(fields, path, name);
    if (fields.get(own)?.rule === "ignore") continue;
    const [before, after] = [Object.hasOwn(stable, name), Object.hasOwn(candidate, name)];
    if (before && after) compareValues(found, own, stable[name], candidate[name]);
    else found.shapes.push({ path: own, what: before ? "missing" : "extra" });
    if (!after) addLost(found, own, stable[name]);
  }
}

function compareLists(found: Found, path: string, stable: unknown[], candidate: unknown[]): void {
  const own = item(path);
  for (let i = 0; i < Math.min(stable.length, candidate.length); i++)
    compareValues(found, own, stable[i], candidate[i]);
  if (stable.length === candidate.length || found.fields.get(own)?.rule === "ignore") return;
  found.shapes.push({ path: own, what: stable.length > candidate.length ? "missing" : "extra" });
  for (const one of stable.slice(candidate.length)) addLost(found, own, one);
  for (const one of candidate.slice(stable.length)) addLost(found, own, one, true);
}

function compareValues(found: Found, path: string, stable: unknown, candidate: unknown): void {
  const { rule } = found.fields.get(path) ?? {};
  if (rule === "ignore") return;
  const type = kind(stable);
  found.depth++;
  if (found.depth > MAX_DEPTH)
    found.texts.push({ path, same: JSON.stringify(stable) === JSON.stringify(candidate) });
  else if (type !== kind(candidate)) {
    found.shapes.push({ path, what: "type" });
    if (rule === "label") addLabel(found, path, stable, candidate);
    else {
      addLost(found, path, stable);
      addLost(found, path, candidate, true);
    }
  } else if (type === "array") compareLists(found, path, stable as unknown[], candidate as unknown[]);
  else if (type === "object") compareObjects(found, path, stable as Members, candidate as Members);
  else compareLeaves(found, path, stable, candidate);
  found.depth--;
}

function parsed({ type, text }: Answer): { value: unknown } | undefined {
  if (!/json/i.test(type)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const isOk = ({ status }: Answer) => typeof status === "number" && status < 400;

function summed(found: Found, same: boolean, lostLabel = false): Difference {
  const { labels, numbers, distributions, texts, shapes } = found;
  const different = labels.filter((one) => !one.same).length + (lostLabel ? 1 : 0);
  const sameLabel = labels.length === 0 && !lostLabel ? undefined : different === 0;
  // An additional field is none, an additional item of a list is.
  const lost = shapes.filter(({ path, what }) => what !== "extra" || path.endsWith("[]")).length;
  const isSame =
    same && different + lost === 0 && numbers.every(({ within }) => within) && texts.every((one) => one.same);
  const most = Math.max(0, ...distributions.map((one) => one.divergence));
  const distance = (same ? 0 : 4) + (different > 0 ? 2 : 0) + (isSame ? 0 : 1) + most;
  return { labels, numbers, distributions, texts, shapes, sameLabel, same: isSame, distance };
}

const hasLabel = (fields: Fields) => [...fields.values()].some(({ rule }) => rule === "label");

/**
 * Of answers with an error only the status is compared: their texts have ids. An error instead of an answer with labels is
 * another label too.
 */
export function compare(stable: Answer, candidate: Answer, fields: Fields): Difference {
  const found: Found = {
    labels: [],
    numbers: [],
    distributions: [],
    texts: [],
    shapes: [],
    fields,
    depth: 0,
  };
  if (stable.status !== candidate.status) return summed(found, false, isOk(stable) && hasLabel(fields));
  if (!isOk(stable)) return summed(found, true);
  const [before, after] = [parsed(stable), parsed(candidate)];
  if (before && after) compareValues(found, "", before.value, after.value);
  else if (before || after) found.shapes.push({ path: "", what: "type" });
  else found.texts.push({ path: "", same: stable.text === candidate.text });
  return summed(found, true);
}
