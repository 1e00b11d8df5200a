#!/usr/bin/env bash
# The unit tests beside the code, counted test by test.
source "$(dirname "$0")/../lib/suite.sh"

report=$(mktemp)
"$BUN" test --reporter=junit --reporter-outfile="$report" 2>&1 >/dev/null | grep -v '^$' || true
read -r tests failures skipped < <(
  sed -n 's/^<testsuites .*tests="\([0-9]*\)".*failures="\([0-9]*\)".*skipped="\([0-9]*\)".*/\1 \2 \3/p' "$report"
) || true
rm -f "$report"
if [ -z "${tests:-}" ]; then
  fail "bun test wrote no report" "bun test"
else
  PASSED=$((tests - failures - skipped)) FAILED=$failures SKIPPED=$skipped
fi
finish
