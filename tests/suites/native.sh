#!/usr/bin/env bash
# Native mode: refused starts, a second start, killed workers, an invalid configuration, a deployment, stop.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/lib/asking.sh
source "$ROOT/tests/lib/asking.sh"

make_copy_of echo other
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}"
pids() { in_copy make ps | awk '$3 == "online" { print $2 }' | sort; }
nothing_runs() { [ -z "$(pids)" ]; }

# refuses NAME PATTERN VARIABLE=VALUE...: the start fails with one error line that matches, and nothing runs.
refuses() {
  local name=$1 pattern=$2 output code=0
  shift 2
  output=$(in_copy env "$@" make start-project 2>&1) || code=$?
  output=$(grep -v '^make' <<<"$output")
  if [ "$code" -ne 0 ] && [[ $output =~ $pattern ]] && [ "$(grep -c . <<<"$output")" -eq 1 ] && nothing_runs; then
    pass "$name: $output"
  else
    fail "$name" "$* make start-project -> exit code $code: $output"
  fi
}

echo "- refused starts"
refuses "an invalid rate" '^error: RATE_LIMIT must be ' RATE_LIMIT=fast
refuses "an invalid port" '^error: HTTPS_PORT must be ' HTTPS_PORT=99999
refuses "default credentials on a public address" '^error: BIND_ADDRESS .*GATEWAY_PASSWORD' BIND_ADDRESS=0.0.0.0
"$BUN" -e "Bun.listen({hostname:'127.0.0.1',port:$HTTPS_PORT,socket:{data(){}}}); setTimeout(process.exit, 60000)" &
holder=$!
until ss -ltnH "sport = :$HTTPS_PORT" | grep -q .; do sleep 0.1; done
refuses "a port in use" "^error: port $HTTPS_PORT is in use.*HTTPS_PORT" RUNTIME=native
kill "$holder"
wait "$holder" 2>/dev/null || true

echo "- two starts"
check "the project starts" in_copy make start-project
before=$(pids)
again=$(in_copy make start-project)
if [[ $again == *"nothing to change"* ]] && [ "$(pids)" = "$before" ]; then
  pass "the second start changes nothing and says so"
else
  fail "the second start changes nothing and says so" "$again"
fi

echo "- killed workers"
ask_start
for name in $(in_copy make ps | awk '$1 ~ /^(echo|other)-/ { print $1 }'); do
  kill_and_wait "$name"
  sleep 1
done
ask_end

echo "- an invalid nginx configuration"
basics="$COPY/gateway/templates/conf.d/00-basics.conf.template"
cp "$basics" "$basics.good"
echo "no_such_directive on;" >>"$basics"
refused=$(in_copy make reload 2>&1) && refused="accepted: $refused"
if [[ $refused == *"unknown directive"*gateway/templates/conf.d/00-basics.conf* ]]; then
  pass "make reload prints the error of nginx with the template"
else
  fail "make reload prints the error of nginx with the template" "$refused"
fi
master=$(in_copy make ps | awk '$1 == "gateway" { print $2 }')
kill -9 "$master"
answered() { # by a new nginx, within ten seconds
  local _
  for _ in {1..100}; do
    [ "$(in_copy make ps | awk '$1 == "gateway" { print $2 }')" = "$master" ] || ! curl -fsS --max-time 5 -o /dev/null \
      --cacert "${CA_FILE:?}" "https://localhost:$HTTPS_PORT/livez" 2>/dev/null || return 0
    sleep 0.1
  done
  return 1
}
check "after kill -9, nginx restarts with the last valid configuration" answered
mv "$basics.good" "$basics"
check "make reload with the corrected template" in_copy make reload

echo "- a deployment of one worker"
pids_of() { in_copy make ps | awk -v n="^$1-[0-9]" '$1 ~ n { print $1, $2 }'; }
pids_of_others() { in_copy make ps | awk -v n="^$1-[0-9]" '$1 !~ n { print $1, $2 }'; }
sed -i 's/^  description: "[^"]*/& (changed)/' "$COPY/workers/other.ts"
others=$(pids_of_others other) own=$(pids_of other)
# A deployment changes releases.conf and reloads; no other file of the gateway, and not its process.
gateway_state() {
  in_copy make ps | awk '$1 == "gateway" { print $2 }'
  configuration=$(in_copy "$BUN" -e 'console.log((await import("./ops/native/paths.ts")).GATEWAY_DIR)')
  find "$configuration" -path "$configuration/tmp" -prune -o -type f -not -name 'releases.*' -printf '%p %T@ ' -exec sha256sum {} \;
}
document() { curl -sS --max-time 10 --cacert "${CA_FILE:?}" "https://localhost:$HTTPS_PORT/openapi/other.json" | jq -r .info.description; }
state=$(mktemp)
gateway_state >"$state"
check "the state of the gateway is not empty" test "$(wc -l <"$state")" -gt 20
check "the OpenAPI document has the old description" bash -c '! grep changed' <<<"$(document)"
ask_start
check "make deploy" in_copy make deploy
ask_end
check "the OpenAPI document has the new description" grep '(changed)$' <<<"$(document)"
check "the gateway's process is the same, and its configuration but for releases.conf" diff "$state" <(gateway_state)
rm -f "$state"
if [ -n "$own" ] && [ "$(pids_of other)" != "$own" ]; then pass "the changed worker is replaced"; else fail "the changed worker is replaced" "$own"; fi
check "the other workers are unchanged" test "$(pids_of_others other)" = "$others"

echo "- a killed deployment"
pm2_home=$(in_copy "$BUN" -e 'console.log((await import("./ops/native/paths.ts")).PM2_HOME)')
in_pm2() { in_copy env "PM2_HOME=$pm2_home" node node_modules/.bin/pm2 "$@" >/dev/null; }
extra_runs() { in_copy make ps | grep -q 'other-next .*online'; }
online() { in_copy make ps | awk '$1 ~ /^(echo|other)-/ && $3 == "online"' | wc -l; }
# deploys_until_extra: changes other, deploys it in the background, DEPLOYMENT, and returns once the extra replica runs.
deploys_until_extra() {
  sed -i 's/^  description: "[^"]*/& (changed)/' "$COPY/workers/other.ts"
  in_copy env CHECK=no "$BUN" ops/cli.ts deploy >"$COPY/.state/deployment.log" 2>&1 &
  local _
  for _ in {1..200}; do if extra_runs; then return; fi; done
  return 1
}
check "its extra replica runs" deploys_until_extra
kill -9 "$(cat "$COPY/.state/project.lock.pid")"
wait
in_pm2 delete echo-2
in_pm2 stop echo-3
ask_start
check "the next one" in_copy env CHECK=no make deploy
ask_end
check "lost and stopped replicas run again, the extra one is removed" test "$(online)" -eq 4
check "and there is nothing left to deploy" grep -q '^nothing to deploy' <(in_copy make deploy)

echo "- pm2 killed in a deployment"
check "its extra replica runs" deploys_until_extra
kill -9 "$(cat "$pm2_home/pm2.pid")"
wait
check "make deploy" in_copy env CHECK=no make deploy
check "make start-project" in_copy make start-project
check "every replica runs" test "$(online)" -eq 4
check "no process of the killed pm2 is left" in_copy "$BUN" -e '
  const { orphanedProcesses } = await import("./ops/native/stop.ts");
  const { startedByOthers } = await import("./ops/native/orphans.ts");
  const daemon = Number(await Bun.file(process.argv[1]).text());
  process.exit(startedByOthers(orphanedProcesses(), daemon).length);' "$pm2_home/pm2.pid"

echo "- restart"
check "make restart-project" in_copy make restart-project
check "every replica runs again" test "$(online)" -eq 4

echo "- stop"
before=$(pids)
check "the project stops" in_copy make stop-project
left=''
for pid in $before; do if [ -e "/proc/$pid" ]; then left+=" $pid"; fi; done
if [ -z "$left" ]; then pass "no process is left"; else fail "no process is left" "$left"; fi
open=''
while IFS='=' read -r name port; do
  [[ $name == *PORT* ]] || continue
  if ss -ltnH "sport = :$port" | grep -q .; then open+=" $name=$port"; fi
done <"$COPY/.env"
if [ -z "$open" ]; then pass "no port is left open"; else fail "no port is left open" "$open"; fi
check "a second stop says that nothing runs" grep -q 'not running' <(in_copy make stop-project)
finish
