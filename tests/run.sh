#!/usr/bin/env bash
# tests/run.sh test | rest | all | SUITE...: runs suites of tests/suites one after another and adds up their last lines.
# A suite may start the project; what did not run before does not run afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."
# The tier of `make test`, what `make test-all` adds to it, and what runs only when it is asked for.
readonly TEST='lint unit smoke contract browser'
readonly REST='bootstrap monitoring alert-secrets native accounts certificate hostile new-worker auth faults model
  containers newest-engine guessing sign-in-flood schemathesis loadtests alerts'
readonly ASKED_FOR='swarm'

case ${*:-test} in
  test) suites=$TEST ;;
  rest) suites=$REST ;;
  all) suites="$TEST $REST" ;;
  *) suites=$* ;;
esac
for suite in $suites; do
  [ -f "tests/suites/$suite.sh" ] || {
    printf 'error: there is no suite %s; there are: %s\n' "$suite" "$(xargs <<<"$TEST $REST $ASKED_FOR")" >&2
    exit 1
  }
done

ran_before=no
! tests/is-running.sh || ran_before=yes
stop_what_we_started() { [ "$ran_before" = yes ] || make stop-project; }
trap stop_what_we_started EXIT

# failed_checks LOG: the failures in a suite's output, each with the lines that show it.
failed_checks() { awk -v suite="$suite" '
  /^  FAIL  |^\(fail\) / { shown = 1; print suite ": " $0; next }
  /^        / && shown && shown <= 15 { shown++; print; next }
  { shown = 0 }' "$1"; }

passed=0 failed=0 skipped=0 failures=$(mktemp)
for suite in $suites; do
  printf '\n== %s\n' "$suite"
  log=$(mktemp) started=$SECONDS
  bash "tests/suites/$suite.sh" 2>&1 | tee "$log" || true
  line=$(tail -n 1 "$log")
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
  else
    printf '  FAIL  %s ended without its summary\n' "$suite" | tee -a "$log"
    failed=$((failed + 1))
  fi
  failed_checks "$log" >>"$failures"
  rm -f "$log"
  printf '   (%d s)\n' $((SECONDS - started))
done
stop_what_we_started
trap - EXIT
[ ! -s "$failures" ] || printf '\nfailed:\n%s\n' "$(cat "$failures")"
rm -f "$failures"
printf '\ntotal: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
