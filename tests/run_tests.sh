#!/usr/bin/env bash
# The smoke test of a running project, native or in containers. Each failure prints the curl command that reproduces it.
# Needs curl and jq.
# shellcheck disable=SC2016 # jq variables
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/lib/suite.sh"
# shellcheck source=tests/lib/http.sh
source "$ROOT/tests/lib/http.sh"

[ ! -e "$ROOT/.state/maintenance.json" ] || {
  echo "error: the project is in maintenance: make maintenance STATE=off" >&2
  exit 1
}

echo "- workers"
for name in $(worker_names); do
  found=$("$BUN" tests/lib/target.ts "$name" 2>/dev/null) || {
    skip "$name documents no POST with an example"
    continue
  }
  eval "$found"
  call -d "$TARGET_BODY"
  expect_status "$name answers its documented example with $TARGET_STATUS" "$TARGET_STATUS"
  holds "$name: X-Served-By is $name/..." matches "$(header x-served-by)" "^$name/"
  [ -z "$TARGET_ANSWER" ] ||
    expect_json "$name: the answer has the documented members" "keys == ($TARGET_ANSWER | keys)"
done
eval "$("$BUN" tests/lib/target.ts)" # the first worker, for the rest
: "${TARGET_WORKER:?}" "${TARGET_REPLICAS:?}" "${TARGET_PATH:?}" "${TARGET_STATUS:?}" "${TARGET_FIELD:?}"
api="$URL$TARGET_PATH"

echo "- authentication"
request "${JSON[@]}" -d "$TARGET_BODY" "$api"
expect_problem "401 without credentials" 401
holds "401 asks for basic authentication" matches "$(header www-authenticate)" '^Basic '
request -u "$GATEWAY_USER:wrong" "${JSON[@]}" -d "$TARGET_BODY" "$api"
expect_problem "401 with a wrong password" 401
request -u "nobody:$GATEWAY_PASSWORD" "${JSON[@]}" -d "$TARGET_BODY" "$api"
expect_problem "401 with a wrong user" 401

echo "- transport"
request "$PLAIN_URL$TARGET_PATH?a=1"
expect_status "plain HTTP is redirected" 301
holds "the redirect leads to the same URL on HTTPS" test "$(header location)" = "$api?a=1"
request --tlsv1.0 --tls-max 1.1 --ciphers 'DEFAULT@SECLEVEL=0' "$URL/livez"
holds "TLS 1.1 is refused" matches "$STATUS" '^curl:'
fingerprint() { openssl x509 -noout -fingerprint -sha256 "$@" 2>/dev/null; }
served=$(openssl s_client -connect "$GATEWAY_ADDRESS:$HTTPS_PORT" -servername "$GATEWAY_NAME" </dev/null 2>/dev/null)
check "the served certificate is TLS_CERT_FILE" test "$(fingerprint <<<"$served")" = "$(fingerprint -in "${TLS_CERT_FILE:?}")"
request -H 'X-Request-ID: my-own_id.1' "$URL/livez"
holds "a valid X-Request-ID is kept" test "$(header x-request-id)" = my-own_id.1
request -H 'X-Request-ID: <script>' "$URL/livez"
holds "an invalid X-Request-ID is replaced" matches "$(header x-request-id)" '^[0-9a-f]{32}$'

echo "- closed paths and hosts"
for path in "${TARGET_PATH}XYZ" "$TARGET_PATH/" /metrics /nginx_status /admin /openapi.json /nothing.html; do
  request "${AUTH[@]}" "$URL$path"
  refusal=404
  [ "$path $STATUS" != "$TARGET_PATH/ 405" ] || refusal=405 # the worker has paths below
  expect_problem "$path is $refusal" "$refusal"
done
request -H 'Host: example.org' "$URL/livez"
expect_problem "an unknown host is 421" 421
if [ -n "$TARGET_UNUSED_METHOD" ]; then
  request -X "$TARGET_UNUSED_METHOD" "${AUTH[@]}" "$api"
  expect_problem "$TARGET_UNUSED_METHOD $TARGET_PATH is 405" 405
  holds "405 has the Allow header" matches "$(header allow)" POST
fi

echo "- invalid input"
# with VALUE: the example with this JSON value in its field.
with() { jq -c --arg field "$TARGET_FIELD" --argjson value "$1" '.[$field] = $value' <<<"$TARGET_BODY"; }
# text LENGTH: a JSON string of that many characters.
text() { printf '"%*s"' "$1" '' | tr ' ' a; }
call -X POST -H 'Content-Length: 0'
expect_problem "an empty body is 400" 400
call -d "${TARGET_BODY%?}"
expect_problem "malformed JSON is 400" 400
call -d "$(with '{"of": "another type"}')"
expect_problem "a wrong type is 422" 422
expect_json "422 names the field" ".errors[0].field == \"$TARGET_FIELD\""
if [ -n "$TARGET_MAX_LENGTH" ]; then
  call -d "$(with '"   "')"
  expect_problem "a blank text is 422" 422
  call -d "$(with "$(text $((TARGET_MAX_LENGTH + 1)))")"
  expect_problem "$((TARGET_MAX_LENGTH + 1)) characters are 422" 422
  call -d "$(with "$(text "$TARGET_MAX_LENGTH")")"
  expect_status "$TARGET_MAX_LENGTH characters are $TARGET_STATUS" "$TARGET_STATUS"
fi
request "${AUTH[@]}" -H 'Content-Type: text/plain' -d "$TARGET_BODY" "$api"
expect_problem "a wrong content type is 415" 415
big=$(mktemp)
head -c 9000000 /dev/zero | tr '\0' a >"$big"
call --data-binary "@$big"
expect_problem "9 MB are 413" 413
rm -f "$big"

echo "- rate limit and load distribution"
sleep 1.5
limit=${RATE_LIMIT_STATUS:?} answers=$(mktemp)
burst=(-Z --parallel-immediate --parallel-max 60 "${AUTH[@]}" "${JSON[@]}" -d "$TARGET_BODY" "$api?[1-60]")
[ -z "$TARGET_HEADER" ] || burst+=(-H "$TARGET_HEADER")
shown -sS "${VERIFY[@]}" "${burst[@]}"
curl -sS --max-time 20 "${VERIFY[@]}" "${burst[@]}" -w '\n%{http_code} %header{retry-after}\n' >"$answers" 2>/dev/null || true
good=$(grep -c "^$TARGET_STATUS " "$answers" || true)
refused=$(grep -c "^$limit " "$answers" || true)
promised=$(grep -c "^$limit [1-9]" "$answers" || true)
STATUS="$good times $TARGET_STATUS, $refused times $limit, $promised with Retry-After" BODY=''
rm -f "$answers"
holds "60 parallel requests: both $TARGET_STATUS ($good) and $limit ($refused), nothing else" \
  test "$good" -gt 0 -a "$refused" -gt 0 -a $((good + refused)) -eq 60
holds "each refusal has Retry-After" test "$refused" -gt 0 -a "$promised" -eq "$refused"
sleep 1.5
call -d "$TARGET_BODY"
expect_status "$TARGET_STATUS after the burst" "$TARGET_STATUS"

served='' PAUSE=0.3
for ((i = 0; i < 2 * TARGET_REPLICAS; i++)); do
  call -d "$TARGET_BODY"
  served+="$(header x-served-by)"$'\n'
done
distinct=$(sort -u <<<"$served" | grep -c "^$TARGET_WORKER/" || true)
holds "$i spaced requests reach $TARGET_REPLICAS replicas or more: $(sort <<<"$served" | tr '\n' ' ')" \
  test "$distinct" -ge "$TARGET_REPLICAS"

echo "- monitoring"
prometheus="http://127.0.0.1:${PROMETHEUS_PORT:?}/api/v1"
# The list of targets, not the series "up", which has old targets for five minutes.
targets="$prometheus/targets?state=active"
up=$(curl -sS --max-time 5 "$targets" | jq -c '.data.activeTargets | map({(.scrapeUrl): .health}) | add' || true)
expected=${EXPECTED_TARGETS:-$("$BUN" ops/cli.ts scrape-targets)} # more on a swarm: one exporter per node
SHOWN="curl '$targets'" STATUS='' BODY=$up
expect_json "Prometheus: all $expected targets are up" "length == $expected and all(. == \"up\")"
value=$(curl -sS --max-time 5 "$prometheus/query?query=nginx_up" | jq -r '.data.result[0].value[1]' 2>/dev/null || true)
SHOWN="curl '$prometheus/query?query=nginx_up'" STATUS='' BODY=$value
holds "nginx_up is 1" test "$value" = 1

# Checks of an example: tests/NAME/smoke.sh.
for own in tests/*/smoke.sh; do
  # shellcheck source=/dev/null
  [ "$own" = tests/suites/smoke.sh ] || [ ! -e "$own" ] || source "$own"
done
finish
