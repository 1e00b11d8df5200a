import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** Views of the pages: wide and light, narrow and dark. */
export const VIEWS = [
  { colorScheme: "light", viewport: { width: 1100, height: 800 } },
  { colorScheme: "dark", viewport: { width: 360, height: 800 } },
] as const;

/** Each serious or critical violation as one line: the rule and its elements. */
export async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run()")) as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(" | ")}`);
}

/** Whether the page fits the window's width. */
export const fits = (page: Page) => page.evaluate("document.documentElement.scrollWidth <= innerWidth");
