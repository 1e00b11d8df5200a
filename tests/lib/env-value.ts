/** A value as README.md says that .env must hold it. */
export function envValue(value: string): string {
  return /'|\\$/.test(value) ? `"${value.replace(/[\\"$]/g, "\\$&")}"` : `'${value}'`;
}
