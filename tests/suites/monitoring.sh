#!/usr/bin/env bash
# Every panel and every alert of the running project, after 30 seconds of mixed load.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"

require_running
eval "$("$BUN" ops/cli.ts settings)"
prometheus="http://127.0.0.1:${PROMETHEUS_PORT:?}"

ends=()
trap 'for each in "${ends[@]}"; do make "$each" >/dev/null; done' EXIT
# A shadow, so that its panels and alerts have data: the worker against itself, unless there is one already.
pages="gateway:12 workers:12 shadow:3"
eval "$("$BUN" tests/lib/target.ts)"
if ! make shadow-report >/dev/null 2>&1; then
  if output=$(make shadow FROM="${TARGET_WORKER:?}" TO="$TARGET_WORKER" SAMPLE=100% 2>&1); then
    pass "make shadow"
    ends+=(shadow-stop)
  elif [[ $output = *"is not declared pure"* ]]; then
    skip "panels and alerts of a shadow: $TARGET_WORKER is not declared pure"
    pages=${pages% *}
  else
    fail "make shadow" "$output"
  fi
fi
# A canary of the worker against itself, for all clients; those with X-Version are answered by the live version.
pages+=" canary:11"
if make canary-status JSON=yes >/dev/null 2>&1; then
  fail "make canary" "there is one already: make canary-abort"
else
  check "make canary" make canary FROM="$TARGET_WORKER" TO="$TARGET_WORKER" STEPS=99.99
  ends+=(canary-abort)
fi
version=$("$BUN" ops/cli.ts versions --json "$TARGET_WORKER" | jq -r '.versions[] | select(.state == "live") | .version')
stable() {
  for _ in {1..60}; do
    curl -sS -o /dev/null --max-time 5 --cacert "${CA_FILE:?}" -u "${GATEWAY_USER:?}:${GATEWAY_PASSWORD:?}" -H "X-Version: $version" \
      -H 'Content-Type: application/json' -d "$TARGET_BODY" "https://localhost:${HTTPS_PORT:?}$TARGET_PATH" || true
    sleep 0.5
  done
}
stable &
check "every query of panels, rules and alerts returns data" make dashboards-check LOAD_SECONDS=30
wait %% || true
# make reload applies objectives of routes, which are rules.
loaded() { curl -sS "$prometheus/metrics" | awk '$1 == "prometheus_config_last_reload_success_timestamp_seconds" { print $2 }'; }
before=$(loaded)
make reload >/dev/null
for _ in {1..40}; do
  if [ "$(loaded)" != "$before" ]; then break; fi
  sleep 0.25
done
check "make reload loads Prometheus' rules" test "$(loaded)" != "$before"
if [ "$(cat .state/runtime)" = compose ]; then
  skip "the console pages: Prometheus 3 in containers has none, Grafana shows the same panels there"
  pages=""
fi
for each in $pages; do
  page=${each%:*}
  text=$(curl -sS --max-time 10 "$prometheus/consoles/$page.html" || true)
  panels=$(grep -c 'drawPanel("panel-' <<<"$text" || true)
  if [ "$panels" -eq "${each#*:}" ] && ! grep -q 'no data</p>' <<<"$text" && grep -q '</html>' <<<"$text"; then
    pass "the console page $page is drawn: $panels graphs, every number has a value"
  else
    fail "the console page $page is drawn" "curl $prometheus/consoles/$page.html -> ${text:0:300}"
  fi
done

# foreign OPTION...: a request as from a web page of another origin: status, and Access-Control-Allow-Origin.
foreign() { curl -s --max-time 10 -o /dev/null -w '%{http_code} %header{access-control-allow-origin}' -H 'Origin: https://elsewhere.example' "$@"; }
# refused NAME WANT OPTION...
refused() {
  local name=$1 want=$2 got
  shift 2
  got=$(foreign "$@" || true)
  if [ "$got" = "$want" ]; then pass "$name"; else fail "$name" "expected '$want', got '$got': curl -H 'Origin: https://elsewhere.example' ${*: -1}"; fi
}
alertmanager="http://127.0.0.1:${ALERTMANAGER_PORT:?}"
login=(-u "${GATEWAY_USER:?}:${GATEWAY_PASSWORD:?}")
silence="{\"matchers\": [{\"name\": \"alertname\", \"value\": \"none\", \"isRegex\": false}], \"startsAt\": \"$(date -u +%FT%TZ)\",
  \"endsAt\": \"$(date -u -d '+1 minute' +%FT%TZ)\", \"createdBy\": \"elsewhere\", \"comment\": \"no\"}"
json=(-H 'Content-Type: application/json' -d "$silence")
refused "another origin cannot read alerts" "401 " "$alertmanager/api/v2/status"
refused "it cannot add a silence" "401 " "${json[@]}" "$alertmanager/api/v2/silences"
refused "its CORS preflight, which carries no login, is refused" "401 " -X OPTIONS \
  -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type' "$alertmanager/api/v2/silences"
refused "an HTML form with the browser's login cannot add a silence: wrong content type" "415 *" "${login[@]}" -H 'Content-Type: text/plain' -d "$silence" "$alertmanager/api/v2/silences"
refused "it cannot read Prometheus' answers" "200 " "$prometheus/api/v1/status/config"
for _ in {1..60}; do
  alerts=$(curl -sS --max-time 10 "${login[@]}" "$alertmanager/api/v2/alerts" || true)
  if [[ $alerts = *Watchdog* ]]; then break; fi
  sleep 0.5
done
if [[ $alerts = *Watchdog* ]]; then pass "Alertmanager has the Watchdog alert of Prometheus, and shows it to GATEWAY_USER"; else
  fail "Alertmanager has the Watchdog alert of Prometheus, and shows it to GATEWAY_USER" "curl -u ... $alertmanager/api/v2/alerts -> ${alerts:0:300}"
fi

# counted: requests to /livez in the log exporter; only this suite sends them.
counted() { curl -sS "http://127.0.0.1:${LOG_EXPORTER_PORT:?}/metrics" | awk '/^gateway_requests_total.*route="\/livez"/ { n += $2 } END { print n + 0 }'; }
ask() {
  curl -sS --max-time 20 --cacert "${CA_FILE:?}" --connect-to "::${GATEWAY_ADDRESS:?}:" \
    "https://${GATEWAY_NAME:?}:${HTTPS_PORT:?}/livez?n=[1-20]" >/dev/null
}
nginx_workers() {
  local gateway
  gateway=$("$BUN" -e 'import { GATEWAY_DIR } from "./ops/native/paths.ts"; console.log(GATEWAY_DIR)')
  pgrep -P "$(cat "$gateway/nginx.pid")" | xargs
}
# rotate: forces a rotation and waits for the new log.
rotate() {
  local before
  before=$(stat -Lc %i .state/logs/access.log)
  kill -HUP "$(make ps | awk '$1 == "log-rotation" { print $2 }')"
  for _ in {1..40}; do
    [ "$(stat -Lc %i .state/logs/access.log 2>/dev/null || echo "$before")" = "$before" ] || return 0
    sleep 0.25
  done
  return 1
}
if [ "$(cat .state/runtime)" = compose ]; then
  skip "rotation: in containers Docker and the gateway's entrypoint rotate the logs"
else
  before=$(counted)
  ask
  sleep 2 # nginx flushes its log once a second
  workers=$(nginx_workers)
  check "the logs are rotated" rotate
  if [ -n "$workers" ] && [ "$(nginx_workers)" = "$workers" ]; then
    pass "a rotation keeps nginx's workers, and so its connections"
  else
    fail "a rotation keeps nginx's workers, and so its connections" "$workers, then $(nginx_workers)"
  fi
  ask
  for _ in {1..40}; do
    [ $(($(counted) - before)) -lt 40 ] || break
    sleep 0.25
  done
  after=$(counted) lines=$(wc -l <.state/logs/access.log)
  if [ $((after - before)) -eq 40 ] && [ "$lines" -ge 20 ]; then
    pass "a rotation loses no request: 40 of 40 are counted, the new log has $lines lines"
  else
    fail "a rotation loses no request" "$((after - before)) of 40 requests are counted, the new log has $lines lines"
  fi
fi
finish
