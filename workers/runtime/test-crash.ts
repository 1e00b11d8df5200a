// A worker that goes wrong outside of a request, as the path says.
import { serve, worker } from "./index.ts";

const fail = () => {
  throw new Error("the table is gone");
};
const WAYS: Record<string, () => void> = {
  rejection: () => void Bun.sleep(1).then(fail),
  timer: () => void setTimeout(fail, 1),
  microtask: () => queueMicrotask(fail),
  text: () => void Promise.reject("no table"),
};

const START = process.env["FAIL_AT_START"];
if (START === "module") fail();

serve(
  worker("crash", {
    description: "Goes wrong.",
    warmUp: () => (START === "warm-up" ? Bun.sleep(1).then(fail) : undefined),
  })
    .get("/slow", () => Bun.sleep(1000).then(() => "answered"))
    .get("/after", () => "answered", { afterResponse: fail })
    .get("/:way", ({ params: { way } }) => {
      WAYS[way]?.();
      return "answered";
    }),
);
