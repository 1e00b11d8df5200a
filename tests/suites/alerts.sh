#!/usr/bin/env bash
# Alerts on the running project: a fault makes the matching alert pending, then firing, and its repair resolves it.
# ALERT_FOR and ALERT_WINDOW shorten the minutes of the rules.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
export RUNTIME=native
ALERT_FOR=${ALERT_FOR:-10s} ALERT_WINDOW=${ALERT_WINDOW:-30s}

require_running >/dev/null
# shellcheck source=tests/lib/http.sh
source "$ROOT/tests/lib/http.sh"
: "${PROMETHEUS_PORT:?}"
eval "$("$BUN" tests/lib/target.ts)"
: "${TARGET_WORKER:?}" "${TARGET_PATH:?}" "${TARGET_BODY:?}"
rules=$("$BUN" -e 'import { PROMETHEUS_DIR } from "./ops/native/paths.ts"; console.log(PROMETHEUS_DIR)')/rules
pm2() { "$BUN" -e 'import { pm2 } from "./ops/native/pm2.ts"; pm2(process.argv.slice(1))' "$@"; }
alerts() { curl -sS --max-time 5 "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/alerts"; }

# A start restores the rules and stopped processes.
repair() { make start-project >/dev/null; }
shorten() {
  sed -i "s/^\( *for:\) .*/\1 $ALERT_FOR/; s/\[5m\]/[$ALERT_WINDOW]/g; s/\[15m\]/[2m]/g" "$rules"/*.yml
  pm2 sendSignal SIGHUP prometheus
}
seen=$(mktemp) watching=$(mktemp)
watch_alerts() {
  while [ -e "$watching" ]; do
    alerts | jq -r '.data.alerts[] | "\(.labels.alertname) \(.state)"' 2>/dev/null | sort -u >>"$seen" || true
    sleep 0.5
  done
}
cleanup() {
  rm -f "$watching"
  repair || true
  rm -f "$seen"
}
trap cleanup EXIT

shorten
sleep 6 # one evaluation with the short rules
watch_alerts &
watcher=$!

# firing NAME: within 60 s it is pending, then firing.
firing() {
  local name=$1
  for _ in {1..120}; do
    if grep -q "^$name firing$" "$seen"; then break; fi
    sleep 0.5
  done
  if [ "$(grep "^$name " "$seen" | uniq | head -n 2 | paste -sd ' ')" = "$name pending $name firing" ]; then
    pass "$name: pending, then firing"
  else
    fail "$name: pending, then firing" "curl http://127.0.0.1:$PROMETHEUS_PORT/api/v1/alerts; seen: $(grep "^$name " "$seen" | uniq | paste -sd ' ')"
  fi
}
resolved() {
  local name=$1
  for _ in {1..180}; do
    if ! alerts | jq -e --arg n "$name" 'any(.data.alerts[]; .labels.alertname == $n)' >/dev/null; then
      pass "$name: resolved"
      return
    fi
    sleep 0.5
  done
  fail "$name: resolved within 90 s" "curl http://127.0.0.1:$PROMETHEUS_PORT/api/v1/alerts"
}

echo "- five deployments of a replica in half a minute, then crashes"
deploy() {
  "$BUN" -e 'import { apply, known } from "./ops/native/reconcile.ts";
    const replica = known().find(({ name }) => name === process.argv[1]);
    if (replica) apply(replica);' "$1"
}
crash() { kill -9 "$(make ps | awk -v n="$1" '$1 == n { print $2 }')"; }
for _ in {1..5}; do
  deploy "$TARGET_WORKER-1"
  sleep 5 # one scrape
done
early=$(grep ' firing$' "$seen" | grep -vE '^(Watchdog|Latency[A-Za-z]*) ' | sort -u || true)
if [ -z "$early" ]; then pass "deployments raise no alert"; else fail "deployments raise no alert" "$early"; fi
for _ in {1..12}; do # more than five where the machine is slow: two minutes are counted
  crash "$TARGET_WORKER-1"
  sleep 6
  if grep -q '^WorkerRestarting firing' "$seen"; then break; fi
done
check "crashes raise WorkerRestarting" grep -q '^WorkerRestarting firing' "$seen"

echo "- a stopped replica and a stopped exporter"
pm2 stop "$TARGET_WORKER-2"
pm2 stop nginx-exporter
firing ReplicaDown
firing ReplicaMissing
firing TargetDown
repair
shorten
for name in ReplicaDown ReplicaMissing TargetDown; do resolved "$name"; done

# ask CREDENTIALS NUMBER OPTION...: that many requests with one curl.
ask() {
  local credentials=$1 number=$2
  shift 2
  curl -sS --cacert "$CA" -u "$credentials" "${JSON[@]}" -d "$TARGET_BODY" ${TARGET_HEADER:+-H "$TARGET_HEADER"} "$@" \
    -o /dev/null "$URL$TARGET_PATH?n=[1-$number]" >/dev/null 2>&1 || true
}
echo "- password guessing"
ask "$GATEWAY_USER:guess" 70 --rate 7/s
firing PasswordGuessing
echo "- requests over the limit"
ask "$GATEWAY_USER:$GATEWAY_PASSWORD" 300 --parallel --parallel-max 10
firing RefusalsByLimit
resolved PasswordGuessing
resolved RefusalsByLimit

echo "- the log exporter stops reading"
printf '\xff\n' >>"$(readlink -f .state/logs/metrics.log)" # invalid UTF-8 stops mtail 3.0.0
firing AccessLogNotCounted
pm2 restart log-exporter
resolved AccessLogNotCounted
resolved WorkerRestarting

rm -f "$watching"
wait "$watcher"
# Watchdog always fires; latency may be high on a busy machine.
others=$(grep ' firing$' "$seen" | sort -u | grep -vE '^(Watchdog|Latency[A-Za-z]*|WorkerRestarting|ReplicaDown|ReplicaMissing|TargetDown|PasswordGuessing|RefusalsByLimit|AccessLogNotCounted) ' || true)
if [ -z "$others" ]; then pass "no other alert fired"; else fail "no other alert fired" "$others"; fi
finish
