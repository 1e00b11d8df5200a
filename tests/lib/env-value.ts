/** A value quoted for .env (ops/README.md). */
export function envValue(value: string): string {
  return /'|\\$/.test(value) ? `"${value.replace(/[\\"$]/g, "\\$&")}"` : `'${value}'`;
}
