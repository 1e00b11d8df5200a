#!/usr/bin/env bash
# A stranger's own API, from make new-worker to make remove-worker, in a copy of the project.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

make_copy
in_copy git init -q
in_copy git add -A
in_copy git -c user.name=test -c user.email=test@localhost commit -qm start
name="own-$RANDOM"
clean() { [ -z "$(in_copy git status --porcelain)" ]; }

# refused NAME PATTERN: make new-worker says why and changes nothing.
refused() {
  local output code=0
  output=$(in_copy make new-worker "NAME=$1" 2>&1) || code=$?
  if [ "$code" -ne 0 ] && [[ $output =~ $2 ]] && clean; then
    pass "the name '$1' is refused: ${output%%$'\n'*}"
  else
    fail "the name '$1' is refused" "$output"
  fi
}

echo "- names"
refused "" 'say which worker'
refused "My_API" 'lower-case words'
refused "../evil" 'lower-case words'
refused "api-v1" 'has a service'
refused "predict" 'answers /predict already'
refused "runtime" 'workers/runtime exists'

echo "- the scaffold"
check "make new-worker NAME=$name" in_copy make new-worker "NAME=$name"
lines=$(wc -l <"$COPY/workers/$name.ts")
check "the worker has at most 25 lines (it has $lines)" test "$lines" -le 25
check "nothing is overwritten: a second time is refused" bash -c "! make -C '$COPY' new-worker NAME=$name"
check "compose.yaml only gained lines" test "$(in_copy git diff --numstat compose.yaml | cut -f 2)" = 0
check "it is well formatted" in_copy node_modules/.bin/biome check .
check "its types are right" in_copy node_modules/.bin/tsc --noEmit -p .
check "its load test's types are right" in_copy node_modules/.bin/tsc --noEmit -p loadtests
check "its unit test passes" in_copy "$BUN" test "workers/$name.test.ts"

echo "- running"
check "make start-project" in_copy make start-project
eval "$(in_copy "$BUN" ops/settings.ts)"
: "${HTTPS_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}" "${RATE_LIMIT_STATUS:?}" "${PROMETHEUS_PORT:?}"
url="https://localhost:$HTTPS_PORT/$name"
ask=(curl -sS --max-time 10 --cacert "$COPY/gateway/certs/nginx.crt" -H 'Content-Type: application/json')
auth=(-u "$GATEWAY_USER:$GATEWAY_PASSWORD")
hello='{"text":"Hello, world"}'
status() { "${ask[@]}" -o /dev/null -w '%{http_code}' "$@" "$url"; }

check "200 with its answer" test "$("${ask[@]}" "${auth[@]}" -d "$hello" "$url")" = '{"characters":12}'
check "401 without credentials" test "$(status -d "$hello")" = 401
check "422 for a blank text" test "$(status "${auth[@]}" -d '{"text":" "}')" = 422
check "405 for GET" test "$(status "${auth[@]}")" = 405
answers=$("${ask[@]}" -Z --parallel-immediate --parallel-max 50 "${auth[@]}" -d "$hello" -w '\n%{http_code}\n' \
  "$url?[1-50]" 2>/dev/null || true)
good=$(grep -c '^200$' <<<"$answers" || true) over=$(grep -c "^$RATE_LIMIT_STATUS\$" <<<"$answers" || true)
check "a burst of 50: $good times 200, $over times $RATE_LIMIT_STATUS" test "$good" -gt 0 -a "$over" -gt 0 -a $((good + over)) -eq 50
counted() {
  local query="sum(http_requests_total{worker=\"$name\",status=\"200\"})" _
  for _ in {1..60}; do
    curl -sS -G --data-urlencode "query=$query" "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/query" |
      jq -e '.data.result[0].value[1] | tonumber > 0' >/dev/null 2>&1 && return
    sleep 0.5
  done
  return 1
}
check "Prometheus counts its requests" counted
listed() { curl -sS "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/label/worker/values" | jq -e --arg n "$name" '.data | index($n)'; }
check "the dashboards' choice of workers lists it" listed
documented() {
  "${ask[@]}" "https://localhost:$HTTPS_PORT/openapi.json" | jq -e --arg p "/$name" '.paths[$p].post.responses."503"'
}
check "/openapi.json, which /docs shows, documents it" documented
check "its load test passes" in_copy make loadtest "NAME=$name"

echo "- make dev"
# answers TEXT: within a minute the API answers with that text.
answers() {
  local _
  for _ in {1..120}; do
    [[ $("${ask[@]}" "${auth[@]}" -d "$hello" "$url" 2>/dev/null) != *"$1"* ]] || return 0
    sleep 0.5
  done
  return 1
}
dev_log=$(mktemp)
(cd "$COPY" && exec setsid make dev) >"$dev_log" 2>&1 &
dev=$!
says() { timeout 90 bash -c "until grep -q '$1' '$dev_log'; do sleep 0.2; done"; }
check "types are checked" says '^types .*Found 0 errors'
check "tests are run" says '^tests .* 0 fail'
sed -i 's/characters:/letters:/' "$COPY/workers/$name.ts"
check "a changed source answers without another command" answers '"letters":12'
check "and its test, now wrong, is said to fail" says '^tests .* [1-9][0-9]* fail'
sed -i 's/letters:/characters:/' "$COPY/workers/$name.ts"
kill -INT -- "-$dev"
wait "$dev" || true
check "Ctrl-C puts the normal workers back" answers '"characters":12'
check "and nothing watches any more" bash -c "! pgrep -f -- '[-]-watch .*$COPY/workers'"
rm -f "$dev_log"

echo "- gone again"
echo "// an idea" >>"$COPY/workers/$name.ts"
check "uncommitted work is not removed" bash -c "! make -C '$COPY' remove-worker NAME=$name"
in_copy sed -i '/an idea/d' "workers/$name.ts"
check "make remove-worker NAME=$name" in_copy make remove-worker "NAME=$name"
check "git status is clean" clean
check "make start-project takes it out of the running project" in_copy make start-project
check "its path is 404" test "$(status "${auth[@]}" -d "$hello")" = 404
finish
