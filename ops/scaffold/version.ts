// A version of a path: the source of the worker that answers it by default, under another name.
import { UserError } from "../settings/fail.ts";

/** What brings requests to it. A type, not an interface: it also fills a template. */
export type Selector = { header: string; value: string };

const SELECTED_BY = /\n {2}selectedBy: \{[\s\S]*?\n {2}\},/; // as Biome formats it

/** A worker's source without the header that selects it, for one that answers by default. */
export function withoutSelector(source: string): string {
  return source.replace(SELECTED_BY, "");
}

/** @throws UserError where the source does not show which worker it is. */
export function versionSource(source: string, from: string, to: string, { header, value }: Selector): string {
  const call = `worker("${from}", {`;
  if (!source.includes(call))
    throw new UserError(`workers/${from}.ts cannot be copied: it does not call ${call} … })`);
  const selectedBy = `
  selectedBy: {
    header: "${header}",
    value: "${value}",
    description: "answered by ${to}",
  },`;
  return withoutSelector(source).replace(call, `worker("${to}", {${selectedBy}`);
}
