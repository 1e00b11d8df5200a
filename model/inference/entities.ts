/**
 * The four HTML entities in old tweet dumps: `&amp;`, `&lt;`, `&gt;`, `&quot;`. They are read as the
 * character they stand for, so that `&lt;3` is the same emoticon as `<3`.
 */
const ENTITIES = [
  { text: "&amp;", unit: 38 },
  { text: "&lt;", unit: 60 },
  { text: "&gt;", unit: 62 },
  { text: "&quot;", unit: 34 },
] as const;

/** Length of the entity at `start` in UTF-16 units, 0 when there is none. */
export function entityLength(text: string, start: number, length: number): number {
  if (text.charCodeAt(start) !== 38) return 0;
  for (const entity of ENTITIES) {
    if (text.startsWith(entity.text, start) && start + entity.text.length <= length)
      return entity.text.length;
  }
  return 0;
}

/** The unit that the entity at `start` stands for; `&` itself when there is none. */
export function entityUnit(text: string, start: number): number {
  for (const entity of ENTITIES) if (text.startsWith(entity.text, start)) return entity.unit;
  return 38;
}
