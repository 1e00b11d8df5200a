# shellcheck shell=bash disable=SC2034 # read by finish, in the suite that sources this
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
