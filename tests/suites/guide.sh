#!/usr/bin/env bash
# Every command of docs/workers.md, in a copy of the project, and the project's own tests with the page's worker.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

make_copy
settings=$(in_copy "$BUN" ops/cli.ts settings)
eval "$settings"
mkdir -p "$COPY/.state/bin"
ln -s "$BUN" "$COPY/.state/bin/bun"
export PATH="$COPY/.state/bin:$PATH" HTTPS_PORT=${HTTPS_PORT:?}
steps=$(mktemp)
FREE_PORT=$(free_block 1) "$BUN" tests/guide.ts docs/workers.md "$COPY" | tee "$steps" || true
if [[ $(tail -n 1 "$steps") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
  PASSED=$((PASSED + BASH_REMATCH[1])) FAILED=$((FAILED + BASH_REMATCH[2]))
else
  fail "the commands of docs/workers.md" "tests/guide.ts ended without a summary"
fi
rm -f "$steps"
unset HTTPS_PORT # the copy's .env has it

check "its routes agree with their documents" in_copy "$BUN" gateway/check-routes.ts
check "the unit tests that read the project's files pass with its worker" \
  in_copy "$BUN" test --timeout 60000 ops/settings gateway tests/names.test.ts tests/imports.test.ts
# Only its worker: the first one, which the smoke test uses most, answers 201.
own_worker_only() {
  local name
  make stop-project || return 1
  for name in $(worker_names | tac); do # versions of a path before its default
    [ "$name" = invoices ] || make remove-worker "NAME=$name" FORCE=1 || return 1
  done
  make start-project
}
check "the project starts with its worker alone" in_copy own_worker_only
check "smoke and contract pass with its worker" in_copy tests/run.sh smoke contract
finish
