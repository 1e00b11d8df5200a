# shellcheck shell=bash disable=SC2154 # TARGET_WORKER is the suite's
# Changes under a steady load of 50 requests/s on the project in the current folder. REPEAT (1): runs of each.
repeat=${REPEAT:-1}

replicas() { docker ps -q --filter label=com.docker.compose.service="$TARGET_WORKER" | wc -l; }
# The oldest replica, so that one is not killed twice in a row.
victim() {
  docker ps -q --filter label=com.docker.compose.service="$TARGET_WORKER" --filter status=running |
    xargs docker inspect -f '{{.State.StartedAt}} {{.Id}}' | sort | head -n 1 | cut -d ' ' -f 2
}
pid_of() { docker inspect -f '{{.State.Pid}}' "$1"; }

crash() { # SIGKILL, as from the OOM killer
  local id pid now
  id=$(victim)
  pid=$(pid_of "$id")
  [ "$pid" -gt 1 ] || return 1
  kill -9 "$pid"
  for _ in {1..200}; do
    now=$(pid_of "$id")
    if [ "$now" -gt 1 ] && [ "$now" != "$pid" ]; then return 0; fi
    sleep 0.1
  done
  echo "the replica did not restart"
  return 1
}

table=$(mktemp)
# under_load NAME FUNCTION: runs the change, with three seconds of load before and after it.
under_load() {
  local name=$1 change=$2 n report log output
  log=$(mktemp) output=$(mktemp)
  for ((n = 1; n <= repeat; n++)); do
    "$BUN" tests/load/steady.ts 50 3 280 >"$log" 2>"$log.failures" &
    local load=$!
    sleep 3
    if "$change" >"$output" 2>&1; then :; else printf 'the change failed: %s\n' "$(tail -n 3 "$output")" >>"$log.failures"; fi
    if ! kill -0 "$load" 2>/dev/null; then echo "the change outlasted the load" >>"$log.failures"; fi
    sleep 3
    kill -TERM "$load" 2>/dev/null || true
    wait "$load" || true
    report=$(cat "$log")
    printf '%s\t%s\n' "$name" "$report" >>"$table"
    if [ ! -s "$log.failures" ] && jq -e '.before.failed + .during.failed == 0 and .during.requests > 0' >/dev/null <<<"$report"; then
      pass "$name $n/$repeat: $(jq -r '"\(.before.requests + .during.requests) requests, none failed; p99 \(.before.p99) ms before, \(.during.p99) ms during, worst \(.during.max) ms"' <<<"$report")"
    else
      fail "$name $n/$repeat" "$report $(head -n 5 "$log.failures")"
    fi
  done
  rm -f "$log" "$log.failures" "$output"
}
# load_table: all runs so far, one line per change.
load_table() {
  echo '        change | runs | requests | failed | p99 before, median of runs (ms) | p99 during | worst'
  jq -rRn '[inputs | split("\t") | {name: .[0], r: (.[1] | fromjson)}] | group_by(.name)[] |
    def median: sort | .[length / 2 | floor];
    "        \(.[0].name) | \(length) | \(map(.r.before.requests + .r.during.requests) | add) | \(map(.r.before.failed + .r.during.failed) | add) | \(map(.r.before.p99) | median) | \(map(.r.during.p99) | median) | \(map(.r.during.max) | max)"' "$table"
}
