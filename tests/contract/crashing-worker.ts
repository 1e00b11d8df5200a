// A worker whose routes throw; its paths are given as a JSON list.
import { serve, worker } from "../../workers/runtime/index.ts";

const app = worker("crashing", { description: "For the tests of a 500." });
for (const path of JSON.parse(process.argv[2] ?? "[]") as string[]) {
  app.post(path, () => {
    throw new Error("the secret");
  });
}
serve(app);
