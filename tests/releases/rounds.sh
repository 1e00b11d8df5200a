# shellcheck shell=bash
# Sourced: deployments and rollbacks in turn under 50 requests/s. ROUNDS (2): of one deployment and one rollback each.

# load_on: 50 requests/s, for ten minutes at most, until load_off, which adds to ASKED and LOST.
ASKED=0 LOST=0
load_on() {
  report=$(mktemp)
  (cd "$COPY" && exec "$BUN" tests/load/steady.ts 50 0 600) >"$report" 2>"$report.failures" &
  loader=$! loaded=$SECONDS
}
load_off() {
  kill -TERM "$loader" 2>/dev/null || true
  wait "$loader" || true
  ASKED=$((ASKED + $(jq .during.requests "$report"))) LOST=$((LOST + $(jq .during.failed "$report")))
  head -n 5 "$report.failures"
  rm -f "$report" "$report.failures"
}

rounds=${ROUNDS:-2} wrong=0 milliseconds=''
# changes_to WHAT HASH COMMAND...: the command ends well, in $took ms; the list, the replicas and the answers are at that version.
changes_to() {
  local what=$1 version=$2 said code=0 began
  shift 2
  began=$(date +%s%3N)
  said=$("$@" 2>&1) || code=$?
  took=$(($(date +%s%3N) - began))
  if [ "$code" -eq 0 ] && is_at "${version:-$(live echo)}" && answers "${version:-$(live echo)}"; then return 0; fi
  wrong=$((wrong + 1))
  printf '        %s: %s\n%s\n' "$what" "$said" "$(versions echo)"
}
from=$(live echo)
load_on
for ((round = 1; round <= rounds; round++)); do
  if ((SECONDS - loaded > 400)); then # one load lasts ten minutes at most
    load_off
    load_on
  fi
  change
  changes_to "deployment $round" '' cli deploy echo
  [ "$(live echo)" != "$from" ] || wrong=$((wrong + 1))
  changes_to "rollback $round" "$from" cli rollback echo
  milliseconds+="$took "
done
load_off
check "after each of $((2 * rounds)) deployments and rollbacks the version asked for runs" test "$wrong" -eq 0
check "$LOST of $ASKED requests meanwhile failed" test "$LOST" -eq 0 -a "$ASKED" -gt $((100 * rounds))
printf '        a rollback, median: %d ms\n' \
  "$(xargs -n 1 <<<"$milliseconds" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')"
