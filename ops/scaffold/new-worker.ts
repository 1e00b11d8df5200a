// make new-worker NAME=language-id: writes a worker's files and its service. Plain files, yours from then on.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { main } from "../settings/fail.ts";
import { ROOT, workers } from "../settings/project.ts";
import { addService, editWorkerNames } from "./compose-edit.ts";
import { checkNewName } from "./names.ts";
import { workerFiles } from "./templates.ts";

const MODEL = "api-v1";
const REPLICAS = 2;
const WIDTH = "gateway/templates/upstreams/.conf.template".length;

await main(() => {
  const name = process.env["NAME"] ?? "";
  checkNewName(name);
  const path = join(ROOT, "compose.yaml");
  const text = readFileSync(path, "utf8");
  const added = addService(text, name, MODEL, workers().at(-1)?.name ?? MODEL, REPLICAS);
  const edited = editWorkerNames(added, (names) => [...names, name]);
  for (const file of workerFiles(name)) {
    mkdirSync(dirname(join(ROOT, file.path)), { recursive: true });
    writeFileSync(join(ROOT, file.path), file.fresh, { flag: "wx" });
    console.log(`  new      ${file.path.padEnd(WIDTH + name.length)}  ${file.purpose}`);
  }
  writeFileSync(path, edited);
  console.log(
    `  changed  compose.yaml: service ${name}, ${REPLICAS} replicas; the gateway waits for it, /docs offers it`,
  );
  console.log(`\nWrite your function in workers/${name}.ts, then: make start-project`);
});
