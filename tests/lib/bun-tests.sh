# shellcheck shell=bash disable=SC2034 # read by finish, in the suite that sources this
# bun_tests ARGUMENTS...: runs bun test and counts its tests one by one.
bun_tests() {
  local report tests failures skipped
  report=$(mktemp)
  "$BUN" test --reporter=junit --reporter-outfile="$report" "$@" 2>&1 >/dev/null | grep -v '^$' || true
  read -r tests failures skipped < <(
    sed -n 's/^<testsuites .*tests="\([0-9]*\)".*failures="\([0-9]*\)".*skipped="\([0-9]*\)".*/\1 \2 \3/p' "$report"
  ) || true
  rm -f "$report"
  if [ -z "${tests:-}" ]; then
    fail "bun test wrote no report" "bun test $*"
  else
    PASSED=$((PASSED + tests - failures - skipped)) FAILED=$((FAILED + failures)) SKIPPED=$((SKIPPED + skipped))
  fi
}
