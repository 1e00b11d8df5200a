# shellcheck shell=bash disable=SC2154 # sourced by the swarm suite, after the election
# Backup, loss and restore of volumes and files; the last checks compare with the state before.
BACKUP="$COPY/backup"

# in_task SERVICE PATH [BODY]: a request inside the container of a service. Alertmanager requires the login.
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
# lose: removes the labelled node's volumes and the files of the machine that deploys.
lose() {
  dock "$STATE_NODE" volume rm fortress_prometheus-data fortress_alertmanager-data
  rm -r "$COPY/gateway/certs" "$COPY/gateway/secrets" "$COPY/.state/swarm"
}

before=$(($(date +%s) - 60)) # Prometheus marks series as stale some seconds late
cp "$COPY/gateway/certs/nginx.crt" "$CLUSTER_RUN/nginx.crt"
before_pins=$(cat "$COPY/.state/swarm/images.json")
check "Alertmanager accepts a silence" silence
found=$(samples_at "$before")
check "Prometheus has samples" test "$found" -gt 0
expect "make backup on another node fails with the right node" \
  "error: the state is on node$STATE_NODE: run this there, as a manager" \
  "$(on_manager 3 make backup RUNTIME=swarm TO="$BACKUP" 2>&1 | head -n 1)"
check "make backup" on_manager "$STATE_NODE" make backup RUNTIME=swarm TO="$BACKUP"
expect "the backup has mode 700" 700 "$(stat -c %a "$BACKUP")"

check "make stop-project RUNTIME=swarm" on_manager "$STATE_NODE" make stop-project RUNTIME=swarm
expect "no service, network, secret or config is left" "" "$(for kind in service network secret config; do
  dock "$STATE_NODE" "$kind" ls --quiet --filter label=com.docker.stack.namespace=fortress
done)"
check "volumes remain after the removal of the stack" lose

check "make restore" on_manager "$STATE_NODE" make restore RUNTIME=swarm FROM="$BACKUP"
expect "the image digests are restored" "$before_pins" "$(cat "$COPY/.state/swarm/images.json")"
check "make deploy RUNTIME=swarm" stack_deploy "$STATE_NODE"
expect "the samples of Prometheus are restored" "$found" "$(samples_at "$before")"
expect "the silence of Alertmanager is restored" kept "$(silences)"
# Verified with the certificate from before. A gateway that started before the workers finds them at its next lookup.
for _ in {1..20}; do
  answered=$(CA_FILE="$CLUSTER_RUN/nginx.crt" ask "$CLUSTER_NET.130" 3 1)
  [ "$answered" != 200 ] || break
  sleep 0.5
done
expect "certificate and users are restored" 200 "$answered"
