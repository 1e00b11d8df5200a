# shellcheck shell=bash
# Sourced: a preview gets the requests that name it and no other. REQUESTS (2000): without the header.
requests=${REQUESTS:-2000}
stable=$(live echo)
change
said=$(in_copy make preview NAME=echo 2>&1) && code=0 || code=$?
preview=$(versions echo | jq -r '.versions[] | select(.state == "preview") | .version')
check "make preview NAME=echo runs another version" test "$code" -eq 0 -a -n "$preview" -a "$preview" != "$stable"
check "it prints how to call it" grep -qF "X-Version: $preview" <<<"$said"
check "what is live stays" is_at "$stable"
check "its 12 digits reach it" answers "$preview" "X-Version: $preview"
check "its first 6 digits reach it" answers "$preview" "X-Version: ${preview:0:6}"
check "the digits of the live version reach that" answers "$stable" "X-Version: $stable"
check "without credentials it is 401" test 401 = "$(curl -sS -o /dev/null --max-time 10 --cacert "${CA_FILE:?}" -H "X-Version: $preview" \
  -H 'Content-Type: application/json' -d "$HELLO" -w '%{http_code}' "https://localhost:$HTTPS_PORT/echo")"
unknown=$(curl -sS --max-time 10 --cacert "${CA_FILE:?}" -u "$GATEWAY_USER:$GATEWAY_PASSWORD" -H 'X-Version: 000000' \
  -H 'Content-Type: application/json' -d "$HELLO" "https://localhost:$HTTPS_PORT/echo")
check "an unknown version is 404" jq -e '.status == 404' <<<"$unknown"
check "and names no other" test -z "$(grep -E "$stable|$preview" <<<"$unknown")"
# counted: requests by the worker's label, from the replicas' own counters in Prometheus.
counted() {
  local query="sum by (worker) (http_requests_total{worker=~\"echo|echo.preview\",route=\"/echo\"})"
  curl -sS -G --data-urlencode "query=$query" "http://127.0.0.1:${PROMETHEUS_PORT:?}/api/v1/query" |
    jq -r --arg worker "$1" '[.data.result[] | select(.metric.worker == $worker) | .value[1]][0] // "0"'
}
# becomes WORKER NUMBER: within 30 seconds.
becomes() {
  local _
  for _ in {1..60}; do
    [ "$(counted "$1")" != "$2" ] || return 0
    sleep 0.5
  done
  echo "$1 has counted $(counted "$1"), not $2"
  return 1
}
check "its metrics are its own: 24 requests" becomes echo.preview 24
(cd "$COPY" && "$BUN" tests/releases/ask.ts "$requests") >"$COPY/.state/served"
check "of $requests requests without the header none reached it" \
  test "$(grep -c "^200 echo/[^.]* $stable\$" "$COPY/.state/served")" = "$requests"
check "nor by its own count" becomes echo.preview 24
check "make preview-end" in_copy make preview-end
check "then its digits are 404" test "$(answer "X-Version: $preview" | cut -c 1-3)" = 404

said=$(in_copy env PREVIEW_HOURS=0.01 make preview NAME=echo 2>&1) || true
check "one of 36 seconds runs" grep -q "^preview of echo: $preview, until " <<<"$said"
for _ in {1..160}; do
  [ "$(answer "X-Version: $preview" | cut -c 1-3)" != 404 ] || break
  sleep 0.5
done
check "and is 404 after its time" test "$(answer "X-Version: $preview" | cut -c 1-3)" = 404
check "the next command ends it" grep -q "^the preview $preview of echo has ended" <<<"$(in_copy make reload 2>&1)"
check "and it is in no list" test -z "$(in_copy make ps 2>/dev/null | grep echo.preview || true)"
in_copy make preview NAME=echo >/dev/null 2>&1 || true
check "a deployment of the same version ends a preview" in_copy make deploy NAME=echo
check "it is live" is_at "$preview"
check "and no preview is left" test -z "$(versions | jq -r '.versions[] | select(.state == "preview")')"
