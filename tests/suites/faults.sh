#!/usr/bin/env bash
# Every server behind the gateway broken in every way, on both nginx: nobody gets in, nobody gets another's answer, and
# nobody hangs. A part of it: bun tests/faults/run.ts "part of a cell's name"
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"

ops/bootstrap.sh nginx openssl mtail
bash tests/check-nginx.sh containers >/dev/null # unpacks the containers' nginx
report=$(mktemp)
"$BUN" tests/faults/run.ts 2>&1 | tee "$report" || true
PASSED=$(grep -c '^  ok ' "$report" || true)
FAILED=$(grep -c '^  FAIL ' "$report" || true)
if [ $((PASSED + FAILED)) -lt 200 ]; then fail "at least 200 cells ran" "bun tests/faults/run.ts"; fi
rm -f "$report"
finish
