// bun ops/cli.ts VERB [ARGUMENT...]: the entry point of the Makefile and the scripts. Each verb loads only its own modules.
import { main, UserError } from "./settings/fail.ts";

const lifecycle = () => import("./lifecycle.ts");
/** For commands that work with an unreadable .env. */
const withoutEnvFile = () => {
  process.env["ENV_FILE_OPTIONAL"] = "yes";
  return lifecycle();
};
const print = () => import("./print.ts");
const runtime = () => import("./runtime.ts");

const VERBS: Record<string, (...args: string[]) => Promise<unknown>> = {
  start: async () => (await lifecycle()).start(),
  stop: async () => (await withoutEnvFile()).stop(),
  restart: async () => (await lifecycle()).restart(),
  deploy: async (name) => (await lifecycle()).deploy(name),
  versions: async (...args) => (await lifecycle()).versions(...args),
  rollback: async (name, to) => (await lifecycle()).rollback(name, to),
  preview: async (name, data) => (await lifecycle()).preview(name, data),
  "preview-end": async (name) => (await lifecycle()).previewEnd(name),
  shadow: async (...args) => (await lifecycle()).shadow(...args),
  "shadow-report": async (...args) => (await lifecycle()).shadowReport(...args),
  "shadow-stop": async () => (await lifecycle()).shadowStop(),
  canary: async (...args) => (await lifecycle()).canary(...args),
  "canary-status": async (...args) => (await lifecycle()).canaryStatus(...args),
  "canary-abort": async () => (await lifecycle()).canaryAbort(),
  release: async (...args) => (await lifecycle()).release(...args),
  experiment: async (...args) => (await lifecycle()).experiment(...args),
  maintenance: async (...args) => (await import("./maintenance.ts")).setMaintenance(...args),
  reload: async () => (await lifecycle()).reload(),
  status: async () => (await withoutEnvFile()).status(),
  logs: async () => (await withoutEnvFile()).logs(),
  links: async () => (await print()).printLinks(),
  settings: async () => (await print()).printSettings(),
  "scrape-targets": async () => (await print()).printScrapeTargets(),
  doctor: async () => (await print()).printFindings(),
  users: async (command) => (await import("./users.ts")).users(command),
  secret: async () => (await import("./secrets.ts")).writeSecret(),
  dev: async () => (await import("./dev.ts")).dev(),
  "new-worker": () => import("./scaffold/new-worker.ts"),
  "remove-worker": () => import("./scaffold/remove-worker.ts"),
  add: () => import("./scaffold/add-package.ts"),
  push: async () => (await (await runtime()).only("push"))(),
  backup: async (folder) => (await lifecycle()).backup(folder),
  restore: async (folder) => (await lifecycle()).restore(folder),
  dashboards: async () => process.exit((await (await runtime()).only("dashboards"))()),
};

await main(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  const verb = VERBS[name];
  if (!verb) throw new UserError(`unknown verb "${name}"; known: ${Object.keys(VERBS).join(" ")}`);
  await verb(...args);
});
