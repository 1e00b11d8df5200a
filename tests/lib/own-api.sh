# shellcheck shell=bash disable=SC2154 # name and COPY come from the suite that sources this
# Checks of a running scaffolded worker, native or in containers. Needs suite.sh, copy.sh and the worker's name in
# $name.

# own_api_settings: reads the copy's settings and defines the requests.
own_api_settings() {
  eval "$(in_copy "$BUN" ops/cli.ts settings)"
  : "${HTTPS_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}" "${RATE_LIMIT_STATUS:?}" "${PROMETHEUS_PORT:?}"
  url="https://localhost:$HTTPS_PORT/$name"
  ask=(curl -sS --max-time 10 --cacert "${CA_FILE:?}" -H 'Content-Type: application/json')
  auth=(-u "$GATEWAY_USER:$GATEWAY_PASSWORD")
  hello='{"text":"Hello, world"}'
}
status() { "${ask[@]}" -o /dev/null -w '%{http_code}' "$@" "$url"; }
counted() {
  local query="sum(http_requests_total{worker=\"$name\",status=\"200\"})" _
  for _ in {1..60}; do
    curl -sS -G --data-urlencode "query=$query" "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/query" |
      jq -e '.data.result[0].value[1] | tonumber > 0' >/dev/null 2>&1 && return
    sleep 0.5
  done
  return 1
}
listed() { curl -sS "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/label/worker/values" | jq -e --arg n "$name" '.data | index($n)'; }
documented() {
  "${ask[@]}" "https://localhost:$HTTPS_PORT/openapi/$name.json" | jq -e --arg p "/$name" '.paths[$p].post.responses."503"'
}
offered() { "${ask[@]}" "https://localhost:$HTTPS_PORT/docs/workers.json" | jq -e --arg n "$name" '.workers | split(" ") | index($n)'; }

own_api_answers() {
  local answers good over
  check "200 with the expected body" test "$("${ask[@]}" "${auth[@]}" -d "$hello" "$url")" = '{"characters":12}'
  check "401 without credentials" test "$(status -d "$hello")" = 401
  check "422 for a blank text" test "$(status "${auth[@]}" -d '{"text":" "}')" = 422
  check "405 for GET" test "$(status "${auth[@]}")" = 405
  answers=$("${ask[@]}" -Z --parallel-immediate --parallel-max 50 "${auth[@]}" -d "$hello" -w '\n%{http_code}\n' \
    "$url?[1-50]" 2>/dev/null || true)
  good=$(grep -c '^200$' <<<"$answers" || true) over=$(grep -c "^$RATE_LIMIT_STATUS\$" <<<"$answers" || true)
  check "a burst of 50: $good times 200, $over times $RATE_LIMIT_STATUS" \
    test "$good" -gt 0 -a "$over" -gt 0 -a $((good + over)) -eq 50
  check "Prometheus counts its requests" counted
  check "the worker list of the dashboards has it" listed
  check "/openapi/$name.json documents it" documented
  check "/docs lists it" offered
}
