# shellcheck shell=bash
# For every suite: source this, call check/skip/fail, end with finish.
# A suite's last line is "N passed, N failed, N skipped"; tests/run.sh adds these lines up.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"
export PATH=$PATH:/usr/sbin:/sbin
export BUN="$ROOT/.tools/bun/node_modules/.bin/bun"
PASSED=0 FAILED=0 SKIPPED=0

pass() { PASSED=$((PASSED + 1)); printf '  ok    %s\n' "$1"; }
skip() { SKIPPED=$((SKIPPED + 1)); printf '  skipped: %s\n' "$1"; }

# fail NAME [DETAIL]: DETAIL is the command or output that shows the failure.
fail() {
  FAILED=$((FAILED + 1))
  printf '  FAIL  %s\n' "$1"
  [ -z "${2:-}" ] || printf '        %s\n' "${2//$'\n'/$'\n        '}" # tests/run.sh recognizes these lines by their indent
}

# check NAME COMMAND...: passes when the command succeeds; the output is shown only on failure.
# Its variables begin with "_", because the command may be a function that reads those of its caller.
check() {
  local _name=$1 _output _code=0
  shift
  _output=$("$@" 2>&1) || _code=$?
  report "$_name" "$_code" "$*" "$_output"
}
# timed NAME COMMAND...: a check that prints its duration.
timed() {
  local name=$1 started=$SECONDS
  shift
  check "$name" "$@"
  printf '        %d s\n' $((SECONDS - started))
}
# report NAME CODE COMMAND OUTPUT
report() {
  if [ "$2" -eq 0 ]; then pass "$1"; else
    fail "$1" "$(printf '%.300s\n' "$3" && grep -E '^ *(error|\(fail\)|FAIL|Counterexample|\{ seed)' <<<"$4" | head -n 10; tail -n 30 <<<"$4")"
  fi
}

# later NAME COMMAND...: runs a check in the background; all_done waits for it and reports it.
LATER=()
later() {
  local name=$1 output
  shift
  output=$(mktemp)
  "$@" >"$output" 2>&1 &
  LATER+=("$!|$output|$name|$*")
}
all_done() {
  local one pid output name command code
  for one in "${LATER[@]}"; do
    IFS='|' read -r pid output name command <<<"$one"
    code=0
    wait "$pid" || code=$?
    report "$name" "$code" "$command" "$(cat "$output")"
    rm -f "$output"
  done
  LATER=()
}

# Starts this checkout; tests/run.sh stops it at the end if it did not run before.
require_running() { make start-project; }

# worker_names: the workers of the project in the current folder, one a line, in the order of compose.yaml.
# shellcheck disable=SC2016 # JavaScript
worker_names() {
  "$BUN" -e 'import { workers } from "./ops/settings/project.ts"; for (const { name } of workers()) console.log(name)'
}

# bun_tests ARGUMENTS...: runs bun test and adds its tests to the counts of the suite.
bun_tests() {
  local report code=0 tests failures skipped
  report=$(mktemp)
  { "$BUN" test --reporter=junit --reporter-outfile="$report" "$@" 2>&1 >/dev/null || echo "$?" >"$report.code"; } |
    grep -v '^$' || true
  [ ! -e "$report.code" ] || code=$(cat "$report.code")
  read -r tests failures skipped < <(
    sed -n 's/^<testsuites .*tests="\([0-9]*\)".*failures="\([0-9]*\)".*skipped="\([0-9]*\)".*/\1 \2 \3/p' "$report"
  ) || true
  rm -f "$report" "$report.code"
  if [ -z "${tests:-}" ]; then
    fail "bun test wrote no report" "bun test $*"
    return
  fi
  PASSED=$((PASSED + tests - failures - skipped)) FAILED=$((FAILED + failures)) SKIPPED=$((SKIPPED + skipped))
  # A file that cannot be loaded is missing in the report.
  if [ "$code" -ne 0 ] && [ "$failures" -eq 0 ]; then fail "bun test exits with $code" "bun test $*"; fi
}

finish() {
  printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
  [ "$FAILED" -eq 0 ]
}
