# shellcheck shell=bash
# Sourced by the containers suite: changes under 50 requests/s, none of which may fail. REPEAT (1): runs of each.
# shellcheck source=tests/engine/load.sh
source "$ROOT/tests/engine/load.sh"
export RATE_LIMIT=10000r/s RATE_BURST=10000
check "the limit is raised for the load" make start-project

scale() { docker compose up -d --no-deps --no-recreate --no-build --scale "$TARGET_WORKER=$1" "$TARGET_WORKER"; }
await_replicas() {
  local n=$1
  for _ in {1..200}; do
    [ "$(replicas)" -ne "$n" ] || return 0
    sleep 0.1
  done
  return 1
}
docker_kill() { # the engine does not restart a container that was stopped by a command
  local id
  id=$(victim)
  docker kill "$id"
  sleep 4
  docker start "$id"
}
scaling() {
  scale $((TARGET_REPLICAS + 2))
  sleep 3
  scale $((TARGET_REPLICAS - 1))
  await_replicas $((TARGET_REPLICAS - 1))
  sleep 1
  scale "$TARGET_REPLICAS"
}
deploying() {
  VERSION="$(date +%s)"
  export VERSION
  make deploy
}
reloading() {
  make reload
  sleep 1
  make reload
}

# Changes a setting, a template and the certificate in the running containers. Both certificates have the same CA, so
# clients need no change. CHANGE_SECONDS (12): minimal duration of the load.
authority=$(mktemp -d)
template=gateway/templates/snippets/headers.conf.template
issue() { # a pair for localhost
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 60 -subj /CN=own -CA "$authority/ca.crt" \
    -CAkey "$authority/ca.key" -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=CA:FALSE \
    -keyout "$authority/key" -out "$authority/crt" 2>/dev/null
}
changing_in_place() {
  local until=$((SECONDS + ${CHANGE_SECONDS:-12}))
  RATE_BURST=9999 make reload
  cp "$template" "$authority/template"
  echo 'add_header X-Changed yes always;' >>"$template"
  RATE_BURST=9999 make reload || return 1
  cp "$authority/template" "$template"
  issue
  make start-project
  while [ "$SECONDS" -lt "$until" ]; do sleep 0.5; done
}

under_load "gateway reload, twice" reloading
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 60 -subj /CN=authority \
  -keyout "$authority/ca.key" -out "$authority/ca.crt" 2>/dev/null
issue
export TLS_CERT_FILE=$authority/crt TLS_KEY_FILE=$authority/key TLS_CA_FILE=$authority/ca.crt
check "make start-project with a certificate of a private CA" make start-project
ids=$(docker ps -q | sort)
under_load "a setting, a template and the certificate change" changing_in_place
check "the new certificate is served" bash -c "openssl s_client -connect 127.0.0.1:${HTTPS_PORT:?} -servername localhost </dev/null 2>/dev/null |
  openssl x509 -noout -serial | grep -qxF \"\$(openssl x509 -noout -serial -in '$authority/crt')\""
sed -i '1i nonsense on;' "$template"
check "an invalid template is refused with the error of nginx" bash -c "make start-project 2>&1 |
  grep -qE '^error: gateway: nginx refuses .*unknown directive \"nonsense\" in gateway/templates/snippets/headers.conf.template:1'"
sed -i 1d "$template"
check "and the running configuration is unchanged" bash -c 'make start-project | grep -q "nothing to change"'
check "none of these changes replaced a container" test "$(docker ps -q | sort)" = "$ids"
unset TLS_CERT_FILE TLS_KEY_FILE TLS_CA_FILE
check "make start-project with the generated certificate" make start-project
rm -rf "$authority"
under_load "a replica's process is killed" crash
under_load "docker kill" docker_kill
under_load "scale two up, three down, one up" scaling

# measured N: within 30 s Prometheus has metrics of exactly N replicas of the worker.
measured() {
  local query='count(count by (replica) (worker_build_info{worker="'$TARGET_WORKER'"}))' value=''
  for _ in {1..60}; do
    value=$(curl -sS -G --data-urlencode "query=$query" "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/query" |
      jq -r '.data.result[0].value[1]' || true)
    [ "$value" != "$1" ] || return 0
    sleep 0.5
  done
  echo "Prometheus has $value replicas, not $1"
  return 1
}
eval "$("$BUN" ops/cli.ts settings | grep '^PROMETHEUS_PORT=')"
scale $((TARGET_REPLICAS + 2)) >/dev/null 2>&1
check "two more replicas are two more targets" measured $((TARGET_REPLICAS + 2))
scale "$TARGET_REPLICAS" >/dev/null 2>&1
check "two fewer replicas are two fewer targets" measured "$TARGET_REPLICAS"
ended=$(victim)
docker kill "$ended" >/dev/null
check "make start-project starts a killed container" make start-project
check "it is the same replica" test "$(docker inspect -f '{{.State.Running}}' "$ended")" = true

under_load "make deploy of every worker" deploying
load_table

echo "- a version that crashes on start"
source_file="workers/$TARGET_WORKER.ts" kept=$(mktemp)
cp "$source_file" "$kept"
echo 'if (import.meta.main) throw new Error("broken on purpose");' >>"$source_file"
before=$(docker compose ps -q "$TARGET_WORKER" | sort) code=0
output=$(make deploy 2>&1) || code=$?
cp "$kept" "$source_file" && rm "$kept" # not mv: the copy has another mode
check "make deploy fails" test "$code" -ne 0
check "with the reason: $(grep '^error' <<<"$output")" grep -qE "^error: $TARGET_WORKER: replica 1 of $TARGET_REPLICAS failed: .*broken on purpose" <<<"$output"
check "the old replicas are unchanged" test "$(docker compose ps -q "$TARGET_WORKER" | sort)" = "$before"
served=$("$BUN" tests/load/steady.ts 20 0 2 2>&1) || true
check "and answer every request" jq -e '.during.failed == 0 and .during.requests == 40' <<<"$served"
check "the next deploy has nothing to do" bash -c 'make deploy | grep -q "nothing to deploy"'
unset RATE_LIMIT RATE_BURST VERSION
