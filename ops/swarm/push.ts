// make stack-push: every image of the stack, built here, into your registry; what was pushed is what is deployed.

import { main } from "../settings/fail.ts";
import { setting } from "../settings/project.ts";
import { push } from "./images.ts";
import { PINS } from "./model.ts";

await main(() => {
  push(setting("REGISTRY"));
  console.log(`pinned by digest in ${PINS}`);
});
