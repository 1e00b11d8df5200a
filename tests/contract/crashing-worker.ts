// A worker whose every route throws, on the paths given as a JSON list.
import { serve, worker } from "../../workers/runtime/index.ts";

const app = worker("crashing", { description: "For the tests of what a crash looks like from outside." });
for (const path of JSON.parse(process.argv[2] ?? "[]") as string[]) {
  app.post(path, () => {
    throw new Error("the secret");
  });
}
serve(app);
