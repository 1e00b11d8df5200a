#!/usr/bin/env bash
# ALERT_WEBHOOK_URL may be a secret: it is in no unauthenticated answer, no log and no world-readable file.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

ops/bootstrap.sh nginx openssl curl
make_copy_of echo
token="token-$(openssl rand -hex 8)"
# Nothing listens there: Alertmanager logs the failures.
printf 'ALERT_WEBHOOK_URL=http://127.0.0.1:%d/%s\n' "$(free_block 1)" "$token" >>"$COPY/.env"
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}"
alertmanager="http://127.0.0.1:${ALERTMANAGER_PORT:?}" prometheus="http://127.0.0.1:${PROMETHEUS_PORT:?}"
check "the project starts" in_copy make start-project
# Prometheus sends its first alert only after a minute.
check "Alertmanager accepts an alert from GATEWAY_USER" curl -sSf -u "$GATEWAY_USER:$GATEWAY_PASSWORD" -H 'Content-Type: application/json' \
  -d '[{"labels": {"alertname": "Watchdog"}}]' "$alertmanager/api/v2/alerts"
failed() {
  grep -q '^alertmanager_notification_requests_failed_total{integration="webhook".*} [1-9]' \
    <(curl -sS -u "$GATEWAY_USER:$GATEWAY_PASSWORD" "$alertmanager/metrics" 2>&1)
}
for _ in {1..120}; do
  if failed; then break; fi
  sleep 0.5
done
check "it is sent to the webhook" failed

answers=$(
  for path in / /metrics /-/ready /debug/pprof/cmdline /api/v2/{status,receivers,alerts,alerts/groups}; do
    curl -sS --max-time 10 "$alertmanager$path"
  done
  for path in /metrics /debug/pprof/cmdline /api/v1/{status/config,status/flags,alertmanagers,alerts,rules,targets}; do
    curl -sS --max-time 10 "$prometheus$path"
  done | tr -d '\0'
)
check "the answers include Prometheus' configuration" grep -q scrape_configs <<<"$answers"
not_in_answers() { ! grep -oF -e "$1" <<<"$answers"; }
check "no answer of Alertmanager or Prometheus contains the URL" not_in_answers "$token"
hash=$(cut -d: -f2 "$COPY/gateway/secrets/htpasswd" | head -n 1) password=$(cut -d: -f1 "$COPY/.state/alertmanager-login")
check "nor the hash of GATEWAY_PASSWORD" not_in_answers "$hash"
check "nor Prometheus' password" not_in_answers "$password"

readarray -t folders < <(in_copy "$BUN" -e '
  import { dirname } from "node:path"; import { ACCESS_LOG, AUTH_DIR, RUN_DIR, STATE_DIR } from "./ops/native/paths.ts";
  console.log([RUN_DIR, AUTH_DIR, STATE_DIR, dirname(ACCESS_LOG)].join("\n"))')
# holders [FIND-EXPRESSION]: files that contain one of the three.
holders() { find "${folders[@]}" "$@" -type f -exec grep -lF -e "$token" -e "$hash" -e "$password" {} +; }
all=$(holders || true)
for file in alertmanager.yml alertmanager.log htpasswd; do
  check "the search itself works: one of the three is in $file" grep -q "/$file$" <<<"$all"
done
open=$(holders -type d ! -perm -o=x -prune -o -perm -o=r || true)
if [ -z "$open" ]; then pass "no file with them is world-readable"; else fail "no file with them is world-readable" "$open"; fi

echo "- a changed password"
sed -i '/^GATEWAY_PASSWORD=/d' "$COPY/.env"
second="second-$token"
printf 'GATEWAY_PASSWORD=%s\n' "$second" >>"$COPY/.env"
check "make reload" in_copy make reload
status() { curl -sS -o /dev/null -w '%{http_code}' -u "$1" "$alertmanager/api/v2/status"; }
check "Alertmanager accepts the new one" test "$(status "$GATEWAY_USER:$second")" = 200
check "and refuses the old one" test "$(status "$GATEWAY_USER:$GATEWAY_PASSWORD")" = 401
up() { curl -sS -G --data-urlencode 'query=up{job="alertmanager"}' "$prometheus/api/v1/query" | jq -e '.data.result[0].value[1] == "1"'; }
check "Prometheus still scrapes Alertmanager" up
finish
