# shellcheck shell=bash disable=SC2154 # COPY, SWITCH and the settings are the suite's
# Functions of the swarm suite.
export GATEWAY_PASSWORD=several-machines-1 COMPOSE_FILE=compose.yaml:tests/engine/without-grafana.yaml
SERVER_NAMES="localhost 127.0.0.1 $(node_address 1) $(node_address 2) $(node_address 3)"
export SERVER_NAMES
STARTED_ENGINE=no
REGISTRY_PORT=$(free_block 1)
export REGISTRY="127.0.0.1:$REGISTRY_PORT"
STATE_NODE=2 # nodes 1 and 3 lose their power

on_builder() { in_copy "$@"; } # DOCKER_HOST is this checkout's engine
on_manager() { local n=$1; shift; in_copy env DOCKER_HOST="$(node_socket "$n")" "$@"; }
stack_deploy() { on_manager "$1" make deploy RUNTIME=swarm; }
pinned() { jq -r --arg i "fortress/$1:dev" '.[$i]' "$COPY/.state/swarm/images.json"; }

# expect NAME WANTED FOUND
expect() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "expected '$2', found '$3'"; fi; }

clean_up() {
  for pid in "${DASHBOARDS[@]}"; do kill "$pid" 2>/dev/null || true; done
  cluster_down
  remove_copy
  [ "$STARTED_ENGINE" = no ] || "$ROOT/tests/engine/stop.sh"
}
DASHBOARDS=()
clean() { [ ! -e "$CLUSTER_RUN" ] && [ ! -e "$CLUSTER_DATA" ] && ! pgrep -f "$CLUSTER" && "$ROOT/tests/engine/stop.sh" check; }

# The engine for builds: that of the containers suite while it runs, otherwise started here and stopped at the end.
prepare_images() {
  docker version >/dev/null 2>&1 || STARTED_ENGINE=yes
  "$ROOT/tests/engine/start.sh"
  "$ROOT/tests/engine/stand-ins.sh"
  "$ROOT/loadtests/k6/k6.sh" version >/dev/null # built before the load runs
  # The workers' network is encrypted with IPsec, where the kernel has it.
  if ip xfrm state add src 127.0.0.9 dst 127.0.0.9 proto esp spi 0x10f mode transport \
    aead 'rfc4106(gcm(aes))' 0x0102030405060708090a0b0c0d0e0f1011121314 128 2>/dev/null; then
    ip xfrm state delete src 127.0.0.9 dst 127.0.0.9 proto esp spi 0x10f
  else
    export STACK_ENCRYPTED=false
    skip "encrypted overlay networks: this kernel has no IPsec (CONFIG_INET_ESP)"
  fi
}

three_nodes() {
  local n token
  for n in 1 2 3; do node_up "$n"; done
  dock 1 swarm init --advertise-addr "$(node_address 1)" >/dev/null
  token=$(dock 1 swarm join-token --quiet worker)
  for n in 2 3; do dock "$n" swarm join --token "$token" "$(node_address 1):2377" >/dev/null; done
  dock 1 node update --label-add fortress.state=true "node$STATE_NODE" >/dev/null
}

# running SERVICE [MANAGER]: node and image of each running task on a ready node.
running() {
  local up
  up=$(dock "${2:-1}" node ls --format '{{.Hostname}} {{.Status}}' | awk '$2 == "Ready" { print $1 }' | xargs)
  dock "${2:-1}" service ps --no-trunc --filter desired-state=running --format '{{.Node}} {{.Image}} {{.CurrentState}}' \
    "fortress_$1" | awk -v up=" $up " 'index(up, " " $1 " ") && $3 == "Running" { print $1, $2 }'
}
spread() { local n; for n in 1 2 3; do running "$1" | grep -c "^node$n " || true; done | xargs; }
images_of() { running "$@" | awk '{ print $2 }' | sort -u; }

# Runs the smoke test on every node in parallel, each with its own gateway and dashboards on loopback.
smoke_on_all() {
  local n pids=() line workers expected
  for n in 1 2 3; do
    (exec nsenter --target "$(node_pid "$n")" --net -- env DOCKER_HOST="$(node_socket "$n")" \
      "$BUN" "$COPY/ops/cli.ts" dashboards) >"$CLUSTER_RUN/dashboards$n.log" 2>&1 &
    DASHBOARDS+=($!)
  done
  workers=$(jq '[.services[] | select(.environment.REPLICA) | .deploy.replicas] | add' "$COPY/.state/swarm/stack.json")
  expected=$((workers + 3 + 3 + 3)) # two exporters per node; blackbox exporter, Alertmanager, Prometheus
  sleep 5
  for n in 1 2 3; do
    at_node "$n" env EXPECTED_TARGETS=$expected "$COPY/tests/run_tests.sh" >"$CLUSTER_RUN/smoke$n.log" 2>&1 &
    pids[n]=$!
  done
  for n in 1 2 3; do
    wait "${pids[n]}" || true
    line=$(tail -n 1 "$CLUSTER_RUN/smoke$n.log")
    if [[ $line =~ ^[1-9][0-9]+\ passed,\ 0\ failed ]]; then
      pass "smoke test through the gateway of node $n: $line"
    else
      fail "smoke test through the gateway of node $n: $line" "$(grep -A 3 FAIL "$CLUSTER_RUN/smoke$n.log" || true)"
    fi
    dock "$n" rm -f fortress-dashboards >/dev/null
  done
}

# ask ADDRESS NODE COUNT: parallel requests from a client address; prints the statuses.
ask() {
  at_switch curl -s --no-progress-meter --max-time 10 --interface "$1" -Z --parallel-immediate --parallel-max "$3" \
    --cacert "${CA_FILE:?}" -u "admin:$GATEWAY_PASSWORD" -H 'Content-Type: application/json' \
    -d "$HELLO" -o /dev/null -w '%{http_code}\n' "https://$(node_address "$2"):$HTTPS_PORT/echo?[1-$3]"
}

# A client over its limit does not affect another one, and the node's access log has both addresses.
limit_is_per_client() {
  local n=$1 greedy="$CLUSTER_NET.120" modest="$CLUSTER_NET.121" refused other logged
  refused=$(ask "$greedy" "$n" 40 | grep -c 503 || true)
  other=$(ask "$modest" "$n" 1)
  sleep 2
  logged=$(dock "$n" logs --since 10s "$(dock "$n" ps -q --filter name=fortress_gateway)" 2>/dev/null |
    jq -rR 'fromjson? | .client' | sort -u | grep -cE "^$CLUSTER_NET\.12[01]$" || true)
  if [ "$refused" -gt 0 ] && [ "$other" = 200 ] && [ "$logged" -eq 2 ]; then
    pass "node $n limits per client address: $refused of 40 refused for one, none for the other"
  else
    fail "node $n limits per client address" "refused $refused of 40, other client $other, $logged of 2 in its log"
  fi
}

# release TEXT: pushes a new version of echo; gateways are unaffected.
release() {
  sed -i "s/^  description: .*/  description: \"$1\",/" "$COPY/workers/echo.ts"
  on_builder make push >/dev/null
}

# Pushes a version that starts and never becomes ready.
break_worker() {
  cp "$COPY/workers/echo.ts" "$CLUSTER_RUN/echo.ts"
  sed -i '/^  description:/a\  warmUp: () => { throw new Error("broken"); },' "$COPY/workers/echo.ts"
  on_builder make push >/dev/null
  cp "$CLUSTER_RUN/echo.ts" "$COPY/workers/echo.ts"
}

# full_again NAME MANAGER SECONDS NODES: six replicas on those nodes.
full_again() {
  local started=$SECONDS count=0
  while [ $((SECONDS - started)) -le "$3" ]; do
    count=$(running echo "$2" 2>/dev/null | grep -cE "^(${4/ /|}) " || true)
    [ "$count" -lt 6 ] || break
    sleep 1
  done
  if [ "$count" -ge 6 ]; then pass "$1: after $((SECONDS - started)) s"; else fail "$1" "$count of 6 after $3 s"; fi
}

# ready_again NODE MANAGER
ready_again() {
  for _ in {1..60}; do
    [ "$(dock "$2" node inspect --format '{{.Status.State}}' "node$1")" != ready ] || return 0
    sleep 1
  done
  return 1
}

# Promotion returns before the new managers have a vote.
all_ready() {
  local n voters up
  for _ in {1..60}; do
    voters=$(dock 1 node ls --format '{{.ManagerStatus}}' | grep -cE 'Leader|Reachable' || true) up=0
    for n in 1 2 3; do
      if at_switch curl -s -o /dev/null --max-time 2 --cacert "${CA_FILE:?}" "https://$(node_address "$n"):$HTTPS_PORT/livez"; then
        up=$((up + 1))
      fi
    done
    if [ "$voters" -eq 3 ] && [ "$up" -eq 3 ]; then return 0; fi
    sleep 1
  done
  echo "$voters of 3 managers have a vote, $up of 3 gateways answer"
  return 1
}

# elected MANAGER: waits until it knows a leader.
elected() {
  local started=$SECONDS
  while [ $((SECONDS - started)) -le 60 ]; do
    if timeout 5 docker --host "$(node_socket "$1")" node ls --format '{{.ManagerStatus}}' 2>/dev/null | grep -q Leader; then
      return 0
    fi
    sleep 0.5
  done
  return 1
}
