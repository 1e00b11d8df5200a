# shellcheck shell=bash disable=SC2154 # COPY comes from copy.sh
# The workers that the platform's tests run on, whatever workers the project has. Needs suite.sh and copy.sh.

# add_test_workers: gives the copy workers/runtime/test-worker.ts twice: echo answers /echo and /echo/batch, echo-debug
# the same paths where the header of tests/lib/routes/echo.yaml says so.
add_test_workers() {
  local name selector
  for name in echo echo-debug; do
    [ -e "$COPY/workers/$name.ts" ] || in_copy make new-worker "NAME=$name" >/dev/null
    selector=''
    [ "$name" = echo ] || selector=', { header: "X-Experiment-Group", value: "debug", description: "is the debug version" }'
    cat >"$COPY/workers/$name.ts" <<WORKER
import { serve } from "./runtime/index.ts";
import { testWorker } from "./runtime/test-worker.ts";

export const app = testWorker("$name"$selector);

if (import.meta.main) serve(app);
WORKER
  done
  find "$COPY/gateway" \( -name 'echo.*' -o -name 'echo-debug.*' \) -delete # the scaffold's: a route for each
  cp tests/lib/routes/echo.* "$COPY/gateway/routes/"
}
