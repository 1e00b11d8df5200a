#!/usr/bin/env bash
# Malformed requests, and clients that are slow, many or disconnect: each is refused, none gets a 5xx, and the next normal
# request succeeds. In a copy of the project with the test workers echo and echo-debug. Some cases:
# ONLY_CASES="PART OF THE NAME" bash tests/suites/hostile.sh
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/test-workers.sh
source "$ROOT/tests/lib/test-workers.sh"

start_with_test_workers
report=$(mktemp)
in_copy "$BUN" tests/hostile/run.ts "${ONLY_CASES:-}" 2>&1 | tee "$report" || true
PASSED=$((PASSED + $(grep -c '^  ok ' "$report" || true)))
FAILED=$((FAILED + $(grep -c '^  FAIL ' "$report" || true)))
if [ $((PASSED + FAILED)) -lt 280 ] && [ -z "${ONLY_CASES:-}" ]; then fail "at least 280 cases ran" "bash tests/suites/hostile.sh"; fi
rm -f "$report"

check "stalled bodies: none without credentials, at most 16 per user over all addresses, freed on disconnect" \
  in_copy "$BUN" tests/hostile/stalled.ts
if ulimit -n 12000 2>/dev/null; then
  check "10,000 idle connections" in_copy "$BUN" tests/hostile/idle.ts 10000
else
  skip "10,000 idle connections: needs 'ulimit -n 12000', the limit here is $(ulimit -Hn)"
fi
finish
