# shellcheck shell=bash
# A copy of the project with workers for the platform's tests. Needs suite.sh.
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

# add_test_workers: adds workers/runtime/test-worker.ts twice: echo answers /echo and /echo/batch, echo-debug the same
# paths with the header of tests/lib/routes/echo.yaml.
add_test_workers() {
  local name selector=''
  [ -e "$COPY/workers/echo.ts" ] || in_copy make new-worker NAME=echo >/dev/null
  in_copy make new-worker NAME=echo-debug ROUTE=/echo HEADER='X-Experiment-Group: debug' >/dev/null
  for name in echo echo-debug; do
    cat >"$COPY/workers/$name.ts" <<WORKER
import { serve } from "./runtime/index.ts";
import { testWorker } from "./runtime/test-worker.ts";

export const app = testWorker("$name"$selector);

if (import.meta.main) serve(app);
WORKER
    selector=', { header: "X-Experiment-Group", value: "debug", description: "is the debug version" }'
  done
  cp tests/lib/routes/echo.* "$COPY/gateway/routes/"
}

start_with_test_workers() {
  make_copy
  add_test_workers
  check "the project starts" in_copy make start-project
}
