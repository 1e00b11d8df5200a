# shellcheck shell=bash disable=SC2154 # sourced by the swarm suite, after the election
# Everything that cannot be made again is saved, lost, and put back; the last step asks for what was there before.
BACKUP="$COPY/backup"

# in_task SERVICE PATH [BODY]: asks a dashboard from inside its own container. Alertmanager asks for the login.
in_task() {
  local id
  id=$(dock "$STATE_NODE" ps --quiet --filter "name=fortress_$1\.")
  dock "$STATE_NODE" exec "$id" wget -q -O - --header "Authorization: Basic $(printf 'admin:%s' "$GATEWAY_PASSWORD" | base64)" ${3:+--header 'Content-Type: application/json' --post-data "$3"} "http://127.0.0.1:$2"
}
samples_at() { in_task prometheus "9090/api/v1/query?query=up&time=$1" | jq '.data.result | length'; }
silences() { in_task alertmanager 9093/api/v2/silences | jq -r '.[] | select(.status.state == "active") | .comment'; }
silence() {
  in_task alertmanager 9093/api/v2/silences "{\"matchers\": [{\"name\": \"alertname\", \"value\": \"Any\", \"isRegex\": false}],
    \"startsAt\": \"$(date -u +%FT%TZ)\", \"endsAt\": \"$(date -u -d '+1 hour' +%FT%TZ)\", \"createdBy\": \"suite\", \"comment\": \"kept\"}"
}
# lose: the labelled node's disk, and the folders of the machine that deploys.
lose() {
  dock "$STATE_NODE" volume rm fortress_prometheus-data fortress_alertmanager-data
  rm -r "$COPY/gateway/certs" "$COPY/gateway/secrets" "$COPY/.state/swarm"
}

before=$(($(date +%s) - 60)) # Prometheus marks series of a target that is gone as ended some seconds late
cp "$COPY/gateway/certs/nginx.crt" "$CLUSTER_RUN/nginx.crt"
before_pins=$(cat "$COPY/.state/swarm/images.json")
check "Alertmanager takes a silence" silence
found=$(samples_at "$before")
check "Prometheus knows this moment" test "$found" -gt 0
expect "make backup elsewhere says where it belongs" \
  "error: the state is on node$STATE_NODE: run this there, as a manager" \
  "$(on_manager 3 make backup TO="$BACKUP" 2>&1 | head -n 1)"
check "make backup" on_manager "$STATE_NODE" make backup TO="$BACKUP"
expect "only its owner reads it" 700 "$(stat -c %a "$BACKUP")"

check "make stop-project RUNTIME=swarm" on_manager "$STATE_NODE" make stop-project RUNTIME=swarm
expect "no service, network, secret or config is left" "" "$(for kind in service network secret config; do
  dock "$STATE_NODE" "$kind" ls --quiet --filter label=com.docker.stack.namespace=fortress
done)"
check "volumes outlive the stack, until they are lost" lose

check "make restore" on_manager "$STATE_NODE" make restore FROM="$BACKUP"
expect "the images are those that ran" "$before_pins" "$(cat "$COPY/.state/swarm/images.json")"
check "make deploy RUNTIME=swarm" stack_deploy "$STATE_NODE"
expect "Prometheus knows that moment still" "$found" "$(samples_at "$before")"
expect "Alertmanager keeps its silence" kept "$(silences)"
# What a client trusts is the certificate from before.
expect "clients trust and are known as before" 200 "$(CA_FILE="$CLUSTER_RUN/nginx.crt" ask "$CLUSTER_NET.130" 3 1)"
