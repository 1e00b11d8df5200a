/** Without what a terminal acts on: control characters, line ends and changes of direction. */
export const printable = (text: string) => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");

/** A value that was given, in an error. */
export function given(text: string): string {
  const shown = printable(text);
  return `"${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}"`;
}

/** "2026-11-26 21:50", in the time zone of this machine. */
export function localTime(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** Columns as wide as their widest cell; the first is aligned to the left. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows.map(
    (row) =>
      `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")}`,
  );
}

export const number = (value: number) => value.toLocaleString("en-US");

/** A share in percent, two decimals at most; "-" for one of nothing, which JSON writes as null. */
export const inPercent = (share: number | null) =>
  Number.isFinite(share) ? String(Number(((share ?? 0) * 100).toFixed(2))) : "-";
