#!/usr/bin/env bash
# The smoke test: one user's questions to a running project, native or in containers. Each failure prints the
# curl that shows it. Reads its settings as the project does; needs curl and jq.
# shellcheck disable=SC2016 # jq has variables of its own
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/lib/suite.sh"
# shellcheck source=tests/lib/http.sh
source "$ROOT/tests/lib/http.sh"

love='{"sentence":"I love this, thank you so much!"}'

echo "- predictions"
predict -d "$love"
expect_status "v1 answers 200" 200
expect_json "v1 answers with the key and nothing else" 'keys == ["prediction value"]'
v1=$(jq -r '."prediction value"' <<<"$BODY")
predict -d "$love" -H 'X-Experiment-Group: debug'
expect_status "v2 answers 200" 200
expect_json "v2: 13 probabilities that sum to 1" '.prediction_proba_dict | length == 13 and ((add - 1) | fabs < 1e-6)'
expect_json "v2: the prediction is the most probable label" \
  '."prediction value" as $p | .prediction_proba_dict | .[$p] == ([.[]] | max)'
expect_json "v2: says why" '.debug | (.valence.positive | index("love") != null) and (.contributions | length > 0)'
expect_json "v1 and v2 agree" ".\"prediction value\" == \"$v1\""
for other in other DEBUG debugger; do
  predict -d "$love" -H "X-Experiment-Group: $other"
  expect_json "X-Experiment-Group: $other stays on v1" 'keys == ["prediction value"]'
done
request "${AUTH[@]}" "${JSON[@]}" -d '{"sentences":["I love you","I hate rain"]}' "$URL/predict/batch"
expect_json "a batch answers in order" '.predictions | length == 2 and all(keys == ["prediction value"])'

echo "- authentication"
request "${JSON[@]}" -d "$love" "$URL/predict"
expect_problem "401 without credentials" 401
holds "401 asks for basic authentication" matches "$(header www-authenticate)" '^Basic '
request -u "$GATEWAY_USER:wrong" "${JSON[@]}" -d "$love" "$URL/predict"
expect_problem "401 with a wrong password" 401
request -u "nobody:$GATEWAY_PASSWORD" "${JSON[@]}" -d "$love" "$URL/predict"
expect_problem "401 with a wrong user" 401

echo "- transport"
request "$PLAIN_URL/predict?a=1"
expect_status "plain HTTP is redirected" 301
holds "to the same URL on HTTPS" test "$(header location)" = "$URL/predict?a=1"
request --tlsv1.0 --tls-max 1.1 --ciphers 'DEFAULT@SECLEVEL=0' "$URL/livez"
holds "TLS 1.1 is refused" matches "$STATUS" '^curl:'
fingerprint() { openssl x509 -noout -fingerprint -sha256 "$@" 2>/dev/null; }
served=$(openssl s_client -connect "$GATEWAY_ADDRESS:$HTTPS_PORT" -servername "$GATEWAY_NAME" </dev/null 2>/dev/null)
check "the certificate on the wire is TLS_CERT_FILE" test "$(fingerprint <<<"$served")" = "$(fingerprint -in "${TLS_CERT_FILE:?}")"
request -H 'X-Request-ID: my-own_id.1' "$URL/livez"
holds "a sane request id is kept" test "$(header x-request-id)" = my-own_id.1
request -H 'X-Request-ID: <script>' "$URL/livez"
holds "another is replaced" matches "$(header x-request-id)" '^[0-9a-f]{32}$'

echo "- what is closed"
for path in /predictXYZ /predict/ /metrics /nginx_status /admin /openapi.json /nothing.html; do
  request "${AUTH[@]}" "$URL$path"
  expect_problem "$path is 404" 404
done
request -H 'Host: example.org' "$URL/livez"
expect_problem "an unknown host gets no answer" 421
request "${AUTH[@]}" "$URL/predict"
expect_problem "GET /predict is 405" 405
holds "405 says what is allowed" test "$(header allow)" = POST

echo "- bad input"
long=$(printf 'a%.0s' {1..5001})
predict -X POST -H 'Content-Length: 0'
expect_problem "an empty body is 400" 400
predict -d '{"sentence":'
expect_problem "broken JSON is 400" 400
predict -d '{"sentence":42}'
expect_problem "a wrong type is 422" 422
expect_json "422 names the field" '.errors[0].field == "sentence"'
predict -d '{"sentence":"   "}'
expect_problem "an empty sentence is 422" 422
predict -d "{\"sentence\":\"$long\"}"
expect_problem "5,001 characters are 422" 422
predict -d "{\"sentence\":\"${long:1}\"}"
expect_status "5,000 characters are 200" 200
request "${AUTH[@]}" -H 'Content-Type: text/plain' -d 'I love you' "$URL/predict"
expect_problem "a wrong content type is 415" 415
big=$(mktemp)
jq -nc '{sentences: [range(200) | "I love it, day \(.). " * 100]}' >"$big"
request "${AUTH[@]}" "${JSON[@]}" --data-binary "@$big" "$URL/predict/batch"
expect_status "a batch of $(wc -c <"$big") bytes is 200" 200
head -c 2000000 /dev/zero | tr '\0' a >"$big"
predict --data-binary "@$big"
expect_problem "2 MB are 413" 413
rm -f "$big"

echo "- rate limit and load distribution"
sleep 1.5
limit=${RATE_LIMIT_STATUS:?} answers=$(mktemp)
burst=(-Z --parallel-immediate --parallel-max 60 "${AUTH[@]}" "${JSON[@]}" -d "$love" "$URL/predict?[1-60]")
shown -sS "${VERIFY[@]}" "${burst[@]}"
curl -sS --max-time 20 "${VERIFY[@]}" "${burst[@]}" -w '\n%{http_code} %header{retry-after}\n' >"$answers" 2>/dev/null || true
good=$(grep -c '^200 ' "$answers" || true)
refused=$(grep -c "^$limit " "$answers" || true)
promised=$(grep -c "^$limit [1-9]" "$answers" || true)
STATUS="$good times 200, $refused times $limit, $promised with Retry-After" BODY=''
rm -f "$answers"
holds "60 parallel requests: both 200 ($good) and $limit ($refused), nothing else" \
  test "$good" -gt 0 -a "$refused" -gt 0 -a $((good + refused)) -eq 60
holds "each refusal says Retry-After" test "$refused" -gt 0 -a "$promised" -eq "$refused"
sleep 1.5
predict -d "$love"
expect_status "service right after the burst" 200

served='' PAUSE=0.3
for _ in {1..6}; do
  predict -d "$love"
  served+="$(header x-served-by)"$'\n'
done
distinct=$(sort -u <<<"$served" | grep -c '^api-v1/' || true)
holds "six spaced requests reach three replicas or more: $(sort <<<"$served" | tr '\n' ' ')" test "$distinct" -ge 3

echo "- monitoring"
prometheus="http://127.0.0.1:${PROMETHEUS_PORT:?}/api/v1"
# The list of targets, not the series "up": that one still holds targets of five minutes ago.
targets="$prometheus/targets?state=active"
up=$(curl -sS --max-time 5 "$targets" | jq -c '.data.activeTargets | map({(.scrapeUrl): .health}) | add' || true)
expected=${EXPECTED_TARGETS:-$("$BUN" ops/cli.ts scrape-targets)} # a swarm has more: one exporter a node
SHOWN="curl '$targets'" STATUS='' BODY=$up
expect_json "Prometheus: all $expected targets are up" "length == $expected and all(. == \"up\")"
value=$(curl -sS --max-time 5 "$prometheus/query?query=nginx_up" | jq -r '.data.result[0].value[1]' 2>/dev/null || true)
SHOWN="curl '$prometheus/query?query=nginx_up'" STATUS='' BODY=$value
holds "nginx_up is 1" test "$value" = 1
finish
