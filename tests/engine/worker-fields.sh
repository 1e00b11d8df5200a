#!/usr/bin/env bash
# A worker with a secret, a data volume and access to other hosts, in a copy of the project. Sourced by the containers
# suite while the project itself is stopped. Alone: REPEAT=20 tests/engine/worker-fields.sh
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  # shellcheck source=tests/engine/suite.sh
  source "$(dirname "$0")/suite.sh"
  tests/engine/start.sh
  tests/engine/stand-ins.sh
fi
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/engine/load.sh
source "$ROOT/tests/engine/load.sh"

make_copy_of ledger echo # takes the EXIT trap over
trap 'remove_copy; cleanup' EXIT
TARGET_WORKER=ledger
cd "$COPY"
sed 's#"\.\./\.\./workers/runtime#"./runtime#' "$ROOT/tests/engine/ledger.ts" >workers/ledger.ts
# shellcheck disable=SC2016 # YAML
sed -i '/^  ledger:/,/deploy:/s|^    deploy:|    secrets: [LEDGER_KEY]\n    volumes: ["ledger-data:/data"]\n    networks: { <<: *worker-networks, outbound: {} }\n&|
s|^volumes:$|&\n  ledger-data: {}|
s|^secrets:$|&\n  LEDGER_KEY: { file: ./secrets/LEDGER_KEY }|
/^      \(ledger\|echo\): { condition: service_healthy }/d' compose.yaml

fields_settings() {
  eval "$("$BUN" ops/cli.ts settings)"
  : "${HTTPS_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}"
}
# ledger TEXT [CURL-OPTION...]: the answer of the worker, with the status.
ledger() {
  curl -sS --max-time 15 --cacert "${CA_FILE:?}" -u "$GATEWAY_USER:$GATEWAY_PASSWORD" -H 'Content-Type: application/json' \
    -d "{\"text\":\"$1\"}" -w '\n%{http_code}\n' "${@:2}" "https://localhost:$HTTPS_PORT/ledger"
}
said() { ledger "$2" | head -n 1 | jq -r ".$1"; } # said MEMBER TEXT
ids() { docker ps -q --no-trunc --filter label=com.docker.compose.service="$1" | sort; }

output=$(make start-project 2>&1) && code=0 || code=$?
line='warning: ledger is not started: secret LEDGER_KEY is missing: make secret NAME=LEDGER_KEY'
check "without the secret make start-project ends with 0" test "$code" -eq 0
check "with one line that names it" test "$(grep -c ledger <<<"$(grep -vE "https|^building" <<<"$output")")$(grep -xF "$line" <<<"$output")" = "1$line"
fields_settings
check "/readyz answers 200" curl -fsS --max-time 5 --cacert "$CA_FILE" "https://localhost:$HTTPS_PORT/readyz"
check "the worker's path answers 502" test "$(ledger x | tail -n 1)" = 502
check "make ps names the missing secret" grep -qxF 'ledger: not started (secret LEDGER_KEY is missing)' <<<"$(make ps)"
check "make start-project again changes nothing" grep -q 'nothing to change' <<<"$(make start-project 2>&1)"
check "make stop-project" make stop-project

(umask 077 && mkdir secrets && echo key-one >secrets/LEDGER_KEY)
timed "with the secret, written under umask 077, the worker starts" make start-project
check "it reads the secret" test "$(said key 'secret')" = key-one
check "make ps names its volume" grep -qxF 'ledger: its data is in the volume fortress_ledger-data' <<<"$(make ps)"
one=$(ids ledger | head -n 1)
volume=$(docker volume inspect -f '{{.Mountpoint}}' fortress_ledger-data)
check "the volume belongs to the worker's user, mode 700" test "$(stat -c '%u:%g %a' "$volume")" = "65532:65532 700"
check "the root filesystem stays read-only, without capabilities" \
  test "$(docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}' "$one")" = "true [ALL]"
check "another worker cannot read the secret" \
  test -z "$(docker inspect -f '{{range .Mounts}}{{.Source}} {{end}}' "$(ids echo)" | grep -F LEDGER_KEY || true)"

# Another host: a network namespace, connected to this one, with a listener. It ends with the listener. (Containers of an
# internal network reach addresses of their own host on some engines.)
other="$ENGINE_NET.254.2" link="fo$ENGINE_ID"
setpriv --pdeathsig KILL unshare --net "$BUN" -e "Bun.serve({ hostname: '0.0.0.0', port: 8000, fetch: () => new Response() })" &
listener=$!
for _ in {1..50}; do
  [ "$(readlink /proc/$listener/ns/net)" = "$(readlink /proc/self/ns/net)" ] || break
  sleep 0.1
done
ip link add "$link" type veth peer name eth0 netns "$listener"
ip addr add "$ENGINE_NET.254.1/24" dev "$link"
ip link set "$link" up
nsenter --target "$listener" --net sh -c "ip addr add $other/24 dev eth0 && ip link set eth0 up && ip route add default via $ENGINE_NET.254.1"
check "it reaches another host" test "$(said reached "connect $other 8000")" = yes
if getent hosts deb.debian.org >/dev/null; then
  check "it resolves the name of another host" test "$(said reached 'resolve deb.debian.org')" = yes
else
  skip "names of other hosts: this machine resolves none"
fi
sed -i 's/, outbound: {} }/ }/' compose.yaml
timed "make deploy without the network outbound" make deploy
check "it does not reach another host" test "$(said reached "connect $other 8000")" != yes
sed -i 's/<<: \*worker-networks }/<<: *worker-networks, outbound: {} }/' compose.yaml
check "make deploy with it again" make deploy
kill "$listener"

before=$(said rows 'before the stop')
check "make stop-project keeps the volume" make stop-project
check "docker compose up starts all by hand" docker compose up --detach --no-build --wait --wait-timeout 120
sleep 3 # the gateway resolves names every two seconds
check "the data is kept" test "$(said rows 'after')" -eq $((before + 1))

# A preview beside it: another source, which is then restored.
previewed() { ledger 'previewed' -H "X-Version: $version" | head -n 1 | jq -r .rows; }
cp workers/ledger.ts .state/ledger.ts
sed -i 's/Keeps texts\./Keeps all texts./' workers/ledger.ts
rows=$(said rows 'before the preview')
timed "a preview starts" make preview NAME=ledger
version=$("$BUN" ops/cli.ts versions --json ledger | jq -r '.versions[] | select(.state == "preview") | .version')
check "it has an empty volume of its own" test "$(previewed) $(previewed)" = "1 2"
check "the worker's data is unchanged" test "$(said rows 'beside the preview')" -eq $((rows + 1))
check "the preview can share the worker's data" make preview NAME=ledger DATA=live
check "it does" test "$(previewed)" -eq $((rows + 2))
check "the preview ends" make preview-end
cp .state/ledger.ts workers/ledger.ts
check "its container and volume are removed" test -z "$(docker ps -aq --filter name=preview)$(docker volume ls -q | grep preview)"

export RATE_LIMIT=10000r/s RATE_BURST=10000
check "the limit is raised for the load" make start-project
others=$(ids echo)
# A replica is killed, and a deployment applies a changed secret.
kill_and_deploy() {
  crash || return 1
  echo "key-$RANDOM-$RANDOM" >secrets/LEDGER_KEY
  make deploy
}
rows=$(said rows 'before the load')
under_load "a replica is killed and a changed secret deployed" kill_and_deploy
check "it reads the changed secret" test "$(said key 'changed')" = "$(cat secrets/LEDGER_KEY)"
answered=$(awk -F '\t' '{ print $2 }' "$table" | jq -s 'map(.before.requests + .during.requests) | add')
now=$(said rows 'after the load')
check "every text is kept: $now rows after $rows and $answered requests" test "$now" -ge $((rows + answered))
check "the other worker's container is the same" test "$(ids echo)" = "$others"
check "nothing is left to deploy" grep -q 'nothing to deploy' <<<"$(make deploy)"
load_table
unset RATE_LIMIT RATE_BURST

same=$(ids ledger)
timed "make backup" make backup TO="$COPY/.state/backup"
check "the same containers run" test "$(ids ledger)" = "$same"
kept=$(said rows 'after the backup')
key=$(cat secrets/LEDGER_KEY)
cp gateway/certs/nginx.crt .state/before.crt
check "make stop-project" make stop-project
docker volume rm fortress_ledger-data >/dev/null
rm -r gateway/certs gateway/secrets secrets
timed "make restore" make restore FROM="$COPY/.state/backup"
check "the certificate is restored" cmp gateway/certs/nginx.crt .state/before.crt
check "make start-project with the restored files" make start-project
check "the data and the secret are those of the backup" test "$(said rows 'restored') $(said key 'restored')" = "$kept $key"
check "its project stops" make stop-project
cd "$ROOT"
remove_copy
trap cleanup EXIT
if [ "${BASH_SOURCE[0]}" = "$0" ]; then finish; fi
