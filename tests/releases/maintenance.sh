# shellcheck shell=bash
# Sourced: maintenance of a copy of the project under load, in any runtime. Needs common.sh.
MESSAGE="Back at noon: \"100 €\" & 'more'"
load=$(mktemp)
(cd "$COPY" && exec "$BUN" tests/load/steady.ts 50 0 300) >"$load" 2>"$load.failures" &
loader=$!
sleep 2
check "make maintenance STATE=on" in_copy make maintenance STATE=on "MESSAGE=$MESSAGE"
check "every answer is a 503 from then on" all 503
check "/livez and /readyz are as before" curl -fsS -o /dev/null -o /dev/null --max-time 10 --cacert "$CA_FILE" \
  "https://localhost:$HTTPS_PORT/livez" "https://localhost:$HTTPS_PORT/readyz"
said=$(curl -sS --max-time 10 --cacert "$CA_FILE" "https://localhost:$HTTPS_PORT/echo" -X POST | jq -r .detail)
check "it has the message" test "$said" = "$MESSAGE"
check "make ps says so" grep -q '^maintenance: all clients get 503 with "Back at noon' <<<"$(in_copy make ps)"
check "make deploy keeps it" in_copy make deploy
check "also after a reload" in_copy make reload
check "every answer is still a 503" all 503
check "make maintenance STATE=off" in_copy make maintenance STATE=off
check "every answer is a 200 from then on" all 200
sleep 1
kill -TERM "$loader"
wait "$loader" || true
requests=$(jq '.before.requests + .during.requests' "$load")
refused=$(grep -c ' 503 .*"detail":"Back at noon' "$load.failures" || true)
others=$(grep -v ' 503 .*"detail":"Back at noon' "$load.failures" || true)
if [ -z "$others" ] && [ "$refused" -gt 20 ] && [ "$refused" -lt "$requests" ]; then
  pass "$requests requests at 50/s meanwhile: $((requests - refused)) answered, $refused told of the maintenance, nothing else"
else
  fail "$requests requests meanwhile: only answers and maintenance" "$(head -n 5 <<<"$others")"
fi
rm -f "$load" "$load.failures"
