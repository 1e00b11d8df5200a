#!/usr/bin/env bash
# Every picture and every alert on the running project, after a minute of all kinds of requests.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"

require_running
eval "$("$BUN" ops/settings.ts)"
prometheus="http://127.0.0.1:${PROMETHEUS_PORT:?}"

check "no query of a panel, rule or alert is empty" make dashboards-check LOAD_SECONDS=30
pages="gateway workers"
if [ "$(cat .state/runtime)" = compose ]; then
  skip "the console pages: Prometheus 3 in containers has none, Grafana shows the same figures there"
  pages=""
fi
for page in $pages; do
  text=$(curl -sS --max-time 10 "$prometheus/consoles/$page.html" || true)
  figures=$(grep -c 'picture("figure-' <<<"$text" || true)
  if [ "$figures" -eq 12 ] && ! grep -q '<p>–' <<<"$text" && grep -q '</html>' <<<"$text"; then
    pass "the page of the $page is drawn: $figures graphs, every number has a value"
  else
    fail "the page of the $page is drawn" "curl $prometheus/consoles/$page.html -> ${text:0:300}"
  fi
done

# counted: requests the log exporter has seen. The probes are not in the log, so only this suite adds to it.
counted() { curl -sS "http://127.0.0.1:${LOG_EXPORTER_PORT:?}/metrics" | awk '/^gateway_requests_total/ { n += $2 } END { print n + 0 }'; }
ask() {
  curl -sS --max-time 20 --cacert "${CA_FILE:?}" --connect-to "::${GATEWAY_ADDRESS:?}:" \
    "https://${GATEWAY_NAME:?}:${HTTPS_PORT:?}/livez?n=[1-20]" >/dev/null
}
nginx_workers() {
  local gateway
  gateway=$("$BUN" -e 'import { GATEWAY_DIR } from "./ops/native/paths.ts"; console.log(GATEWAY_DIR)')
  pgrep -P "$(cat "$gateway/nginx.pid")" | xargs
}
# rotate: what happens when a log has reached its size, now.
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
  skip "rotation: in containers Docker and the gateway's entrypoint bound the logs"
else
  before=$(counted)
  ask
  sleep 2 # nginx writes its log once a second; what it has not written yet may miss the count, not the log
  workers=$(nginx_workers)
  check "the logs are rotated" rotate
  if [ -n "$workers" ] && [ "$(nginx_workers)" = "$workers" ]; then
    pass "a rotation closes no connection: nginx's workers are the same"
  else
    fail "a rotation closes no connection: nginx's workers are the same" "$workers, then $(nginx_workers)"
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
