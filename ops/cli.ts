// bun ops/cli.ts VERB [ARGUMENT...]: the one entry that the Makefile and the scripts call. A verb loads only what it needs.
import { main, UserError } from "./settings/fail.ts";

const VERBS: Record<string, (...args: string[]) => Promise<unknown>> = {
  "scrape-targets": async () => (await import("./print.ts")).printScrapeTargets(),
  settings: async () => (await import("./print.ts")).printSettings(),
};

await main(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  const verb = VERBS[name];
  if (!verb)
    throw new UserError(`ops/cli.ts has no verb "${name}"; there are: ${Object.keys(VERBS).join(" ")}`);
  await verb(...args);
});
