# shellcheck shell=bash disable=SC2034 # read by the suites that source this
# Simulated machines: each node has its own namespaces (network, host name, processes, mounts) and a dockerd. All are
# connected to one switch, and so are the clients. Killing a node's first process simulates a power loss.
# shellcheck source=tests/engine/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/../engine/env.sh"
CLUSTER="fortress-swarm-$ENGINE_ID"
CLUSTER_RUN="/run/$CLUSTER"              # sockets, logs, the pids of the first processes
CLUSTER_DATA="$ROOT/.state/swarm-data"   # the nodes' disks
CLUSTER_NET="10.$((200 + 16#${ENGINE_ID:0:2} % 50)).0"
SWITCH=''                                # pid of the process that holds the switch

node_pid() { cat "$CLUSTER_RUN/node$1.pid"; }
node_address() { echo "$CLUSTER_NET.$1"; }
node_socket() { echo "unix://$CLUSTER_RUN/node$1.sock"; }
at_switch() { nsenter --target "$SWITCH" --net -- "$@"; }             # at_switch COMMAND...: as a client
at_node() { local n=$1; shift; nsenter --target "$(node_pid "$n")" --net -- "$@"; } # at_node N COMMAND...
dock() { local n=$1; shift; docker --host "$(node_socket "$n")" "$@"; } # dock N ARGUMENT...: docker at node N

# first_process NAME COMMAND...: starts it in new namespaces, which end with it; it ends with this shell.
first_process() {
  local name=$1 outer
  shift
  setpriv --pdeathsig KILL unshare --net --mount --propagation private --uts --pid --fork --kill-child --mount-proc \
    "$@" >"$CLUSTER_RUN/$name.log" 2>&1 </dev/null &
  outer=$!
  disown "$outer" # no message of the shell when it ends
  for _ in {1..50}; do
    pgrep -P "$outer" >"$CLUSTER_RUN/$name.pid" && return
    sleep 0.1
  done
  die "$name did not start within 5 s; its log: $CLUSTER_RUN/$name.log"
}

cluster_up() {
  cluster_down
  mkdir -p "$CLUSTER_RUN" "$CLUSTER_DATA"
  first_process switch sleep infinity
  SWITCH=$(cat "$CLUSTER_RUN/switch.pid")
  at_switch ip link set lo up
  # A fixed MAC address: by default it is that of the lowest port, and changes when that port is removed.
  at_switch ip link add switch address 02:00:00:00:00:fe type bridge
  at_switch ip addr add "$CLUSTER_NET.254/24" dev switch
  at_switch ip link set switch up
}

# node_up N: starts node N with its existing disk.
node_up() {
  local n=$1
  first_process "node$n" "$ROOT/tests/swarm/node.sh" "$n"
  ip link add "port$n" netns "$SWITCH" type veth peer name eth0 netns "$(node_pid "$n")"
  at_switch ip link set "port$n" master switch up
  at_node "$n" ip addr add "$(node_address "$n")/24" dev eth0
  at_node "$n" ip link set eth0 up
  touch "$CLUSTER_RUN/node$n.plugged"
  for _ in {1..300}; do
    dock "$n" version >/dev/null 2>&1 && return
    sleep 0.1
  done
  tail -n 5 "$CLUSTER_RUN/node$n.log" >&2
  die "dockerd of node $n did not answer within 30 s; its log: $CLUSTER_RUN/node$n.log"
}

# node_kill N: a power loss: removes the network port, then kills every process. Also removes the files in /run: a stale
# pid of containerd may belong to another process after the next start.
node_kill() {
  at_switch ip link delete "port$1" 2>/dev/null || true
  kill -KILL "$(node_pid "$1")"
  rm -rf "$CLUSTER_RUN/node$1".{pid,plugged,sock} "$CLUSTER_RUN/node$1" "$CLUSTER_RUN/node$1-dockerd"
}

# registry_up PORT: a registry on this machine's loopback for `docker push`. Each node serves the same storage on its own
# loopback, so that image names are the same everywhere and no engine needs an insecure-registries entry.
registry_up() {
  "$ROOT/tests/engine/fetch.sh" bookworm "$ENGINE_TOOLS/root" docker-registry=2.8.2+ds1-1
  cat >"$CLUSTER_RUN/registry.yml" <<YML
version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $CLUSTER_DATA/registry } }
http: { addr: "127.0.0.1:$1" }
YML
  setpriv --pdeathsig KILL docker-registry serve "$CLUSTER_RUN/registry.yml" >"$CLUSTER_RUN/registry.log" 2>&1 &
  echo $! >"$CLUSTER_RUN/registry.pid"
  disown $!
  for _ in {1..50}; do
    curl -fsS -o /dev/null "http://127.0.0.1:$1/v2/" 2>/dev/null && return
    sleep 0.1
  done
  die "the registry did not answer within 5 s; its log: $CLUSTER_RUN/registry.log"
}

cluster_down() {
  local file pid
  for file in "$CLUSTER_RUN"/*.pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    # The pid may be stale: only a process with an expected command is killed.
    if [[ $(tr "\0" " " 2>/dev/null <"/proc/$pid/cmdline") =~ ^(sleep infinity|docker-registry|bash .*/\tests/swarm/node\.sh) ]]; then
      kill -KILL "$pid"
      while [ -e "/proc/$pid" ]; do sleep 0.1; done
    fi
  done
  find /sys/fs/cgroup -depth -path "*/$CLUSTER-node*" -type d -exec rmdir {} + 2>/dev/null || true
  rm -rf "$CLUSTER_RUN" "$CLUSTER_DATA"
}
