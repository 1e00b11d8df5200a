// make stack-push: every image of the stack, built here, into your registry; what was pushed is what is deployed.
import { setting } from "../lib/compose.ts";
import { main } from "../lib/fail.ts";
import { push } from "./images.ts";
import { PINS } from "./model.ts";

await main(() => {
  push(setting("REGISTRY"));
  console.log(`pinned by digest in ${PINS}`);
});
