// Compares the answers of two versions to one request.
import type { Answer } from "./contract.ts";
import { type Fields, item, member, TOLERANCE } from "./fields.ts";

export interface Difference {
  /** The paths of labels with both values, one of each item of a list. */
  labels: { path: string; stable: string; candidate: string }[];
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

/** Below this depth values are compared as texts. */
const MAX_DEPTH = 64;
const MAX_LABEL = 64;

type Found = Omit<Difference, "sameLabel" | "same" | "distance"> & { depth: number };

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

const label = (value: unknown) =>
  (typeof value === "object" ? kind(value) : String(value)).slice(0, MAX_LABEL).toWellFormed();
/** The value of a label that an answer does not have. */
const ABSENT = "(absent)";

function compareLeaves(
  path: string,
  stable: unknown,
  candidate: unknown,
  fields: Fields,
  found: Found,
): void {
  const { rule, tolerance } = fields.get(path) ?? {
    rule: typeof stable === "number" ? "number" : "text",
    tolerance: TOLERANCE,
  };
  if (rule === "label") found.labels.push({ path, stable: label(stable), candidate: label(candidate) });
  else if (typeof stable === "number" && typeof candidate === "number" && rule === "number") {
    // 1e999 is infinite, and so is the difference of the largest numbers.
    const difference = stable === candidate ? 0 : Math.min(Math.abs(stable - candidate), Number.MAX_VALUE);
    found.numbers.push({ path, difference, within: difference <= tolerance });
  } else found.texts.push({ path, same: stable === candidate });
}

function compareObjects(
  path: string,
  stable: Record<string, unknown>,
  candidate: Record<string, unknown>,
  fields: Fields,
  found: Found,
): void {
  if (fields.get(path)?.rule === "distribution" && isDistribution(stable) && isDistribution(candidate))
    found.distributions.push({ path, divergence: divergence(stable, candidate) });
  for (const name of new Set([...Object.keys(stable), ...Object.keys(candidate)])) {
    const own = member(path, name);
    if (fields.get(own)?.rule === "ignore") continue;
    const [before, after] = [Object.hasOwn(stable, name), Object.hasOwn(candidate, name)];
    if (before && after) {
      found.depth++;
      compareValues(own, stable[name], candidate[name], fields, found);
      found.depth--;
      continue;
    }
    found.shapes.push({ path: own, what: before ? "missing" : "extra" });
    if (before && fields.get(own)?.rule === "label")
      found.labels.push({ path: own, stable: label(stable[name]), candidate: ABSENT });
  }
}

function compareValues(
  path: string,
  stable: unknown,
  candidate: unknown,
  fields: Fields,
  found: Found,
): void {
  if (fields.get(path)?.rule === "ignore") return;
  const [a, b] = [kind(stable), kind(candidate)];
  if (found.depth >= MAX_DEPTH)
    found.texts.push({ path, same: JSON.stringify(stable) === JSON.stringify(candidate) });
  else if (a !== b) {
    found.shapes.push({ path, what: "type" });
    if (fields.get(path)?.rule === "label")
      found.labels.push({ path, stable: label(stable), candidate: label(candidate) });
  } else if (a === "array") {
    const [before, after] = [stable as unknown[], candidate as unknown[]];
    const own = item(path);
    found.depth++;
    for (let i = 0; i < Math.min(before.length, after.length); i++)
      compareValues(own, before[i], after[i], fields, found);
    found.depth--;
    if (before.length !== after.length)
      found.shapes.push({ path: own, what: before.length > after.length ? "missing" : "extra" });
  } else if (a === "object")
    compareObjects(
      path,
      stable as Record<string, unknown>,
      candidate as Record<string, unknown>,
      fields,
      found,
    );
  else compareLeaves(path, stable, candidate, fields, found);
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
  const different =
    labels.filter(({ stable, candidate }) => stable !== candidate).length + (lostLabel ? 1 : 0);
  const sameLabel = labels.length === 0 && !lostLabel ? undefined : different === 0;
  const lost = shapes.filter(({ what }) => what !== "extra").length;
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
  const found: Found = { labels: [], numbers: [], distributions: [], texts: [], shapes: [], depth: 0 };
  if (stable.status !== candidate.status) return summed(found, false, isOk(stable) && hasLabel(fields));
  if (!isOk(stable)) return summed(found, true);
  const [before, after] = [parsed(stable), parsed(candidate)];
  if (before && after) compareValues("", before.value, after.value, fields, found);
  else if (before || after) found.shapes.push({ path: "", what: "type" });
  else found.texts.push({ path: "", same: stable.text === candidate.text });
  return summed(found, true);
}
