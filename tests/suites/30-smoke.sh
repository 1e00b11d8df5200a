#!/usr/bin/env bash
# The running project, asked as a user would. Starts it where it does not run, and stops it again then.
source "$(dirname "$0")/../lib/suite.sh"

started=no
if ! tests/is-running.sh; then
  make start-project
  started=yes
fi
summary=$(mktemp)
tests/run_tests.sh | tee "$summary" || true
if [[ $(tail -n 1 "$summary") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
  PASSED=${BASH_REMATCH[1]} FAILED=${BASH_REMATCH[2]} SKIPPED=${BASH_REMATCH[3]}
else
  fail "tests/run_tests.sh ended without its summary" "tests/run_tests.sh"
fi
rm -f "$summary"
[ "$started" = no ] || make stop-project
finish
