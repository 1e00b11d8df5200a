#!/usr/bin/env bash
# Maintenance, natively: what is refused, who gets through, that it outlasts a restart, and no other answer under load.
# shellcheck source=tests/releases/native.sh
source "$(dirname "$0")/../releases/native.sh" echo

echo "- what is refused"
refuses "no state" 'STATE must be on or off' make maintenance
refuses "another state" 'STATE must be on or off' make maintenance STATE=yes
refuses "a message at the end" 'MESSAGE and ALLOW need STATE=on' make maintenance STATE=off MESSAGE=x
refuses "a name instead of an address" 'ALLOW has "localhost", which is no address' make maintenance STATE=on ALLOW=localhost
refuses "a misspelt variable" 'make maintenance takes no ALOW; it takes STATE MESSAGE ALLOW' make maintenance STATE=on ALOW=::1
refuses "a message without quotes" 'make maintenance takes no at; .*quotes around a text' make maintenance STATE=on MESSAGE=Back at noon
refuses "a long message" 'MESSAGE must have at most 200' make maintenance STATE=on "MESSAGE=$(printf '%0201d' 0)"

echo "- before a start"
# shellcheck disable=SC2016 # make would expand it too
check "make's own signs are kept" grep -qF '"It costs $5 $(echo x)"' <<<"$(in_copy make maintenance STATE=on 'MESSAGE=It costs $5 $(echo x)')"
check "it can be recorded" grep -q ' (from the next start on)$' <<<"$(in_copy make maintenance STATE=on 'ALLOW=10.0.0.0/8, ::1')"
started=$(in_copy make start-project)
check "the start says so" grep -q '^maintenance: all but 10.0.0.0/8, ::1 get 503' <<<"$started"
check "clients get it" test "$(answer)" = '503  '
check "ALLOW with the client's address" in_copy make maintenance STATE=on ALLOW=127.0.0.1
check "lets it through" test "$(answer | cut -d ' ' -f 1)" = 200
check "another address instead" in_copy make maintenance STATE=on ALLOW=::1
check "a restart" in_copy make restart-project
check "changes nothing about it" test "$(answer)" = '503  '
check "STATE=off" in_copy make maintenance STATE=off
check "clients are answered again" test "$(answer | cut -d ' ' -f 1)" = 200

echo "- a gateway that cannot reload"
pid=$(in_copy "$BUN" -e 'console.log((await import("./ops/native/gateway.ts")).pidFile("gateway"))')
mv "$pid" "$pid.away"
refuses "without its pid file" 'gateway did not reload: .*nginx.pid' make maintenance STATE=on
mv "$pid.away" "$pid"
check "nothing is recorded" test "$(in_copy make maintenance STATE=off)" = "there was no maintenance"
check "and clients are answered" all 200

echo "- killed while nginx reloads"
# killed STATE: the command ends when the gateway has new worker processes, before it has said that they have the new state.
killed() {
  local master before pid
  master=$(in_copy make ps | awk '$1 == "gateway" { print $2 }')
  before=$(cat "/proc/$master/task/$master/children")
  (cd "$COPY" && exec "$BUN" ops/cli.ts maintenance "$1" >/dev/null 2>&1) &
  pid=$!
  while kill -0 "$pid" 2>/dev/null && [ "$(cat "/proc/$master/task/$master/children")" = "$before" ]; do sleep 0.01; done
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}
for _ in 1 2 3; do
  killed on
  check "STATE=off after a killed STATE=on" in_copy make maintenance STATE=off
  check "opens" all 200
  in_copy make maintenance STATE=on >/dev/null
  killed off
  check "STATE=on after a killed STATE=off" in_copy make maintenance STATE=on
  check "closes" all 503
  in_copy make maintenance STATE=off >/dev/null
done
echo '{' >"$COPY/.state/maintenance.json"
refuses "a damaged record" '.state/maintenance.json is damaged: make maintenance STATE=on or STATE=off' make reload
check "STATE=off repairs it" in_copy make maintenance STATE=off

echo "- under load"
# shellcheck source=tests/releases/maintenance.sh
source "$ROOT/tests/releases/maintenance.sh"
finish
