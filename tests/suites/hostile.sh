#!/usr/bin/env bash
# Raw bytes that no good client sends, and clients that are slow, many or gone: each is refused, none gets a 5xx,
# and a normal request right after it succeeds. One case: bun tests/hostile/run.ts "part of its name"
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"

require_running
report=$(mktemp)
"$BUN" tests/hostile/run.ts 2>&1 | tee "$report" || true
PASSED=$(grep -c '^  ok ' "$report" || true)
FAILED=$(grep -c '^  FAIL ' "$report" || true)
if [ $((PASSED + FAILED)) -lt 60 ]; then fail "at least 60 cases ran" "bun tests/hostile/run.ts"; fi
rm -f "$report"

check "stalled bodies: none held without credentials, at most 16 for a user over all addresses, freed on disconnect" "$BUN" tests/hostile/stalled.ts
if ulimit -n 12000 2>/dev/null; then
  check "10,000 idle connections" "$BUN" tests/hostile/idle.ts 10000
else
  skip "10,000 idle connections need 'ulimit -n 12000'; here at most $(ulimit -Hn) files may be open"
fi
finish
