#!/usr/bin/env bash
# Every kind of failure of the servers behind the gateway, on both nginx versions: no access without authentication, no
# answer to the wrong client, no hanging request. Some of the cells: bun tests/faults/run.ts "PART OF THE NAME"
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
