#!/usr/bin/env bash
# The stack on a swarm of three nodes (namespaces with a dockerd each).
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/swarm/cluster.sh
source "$ROOT/tests/swarm/cluster.sh"
# shellcheck source=tests/swarm/load.sh
source "$ROOT/tests/swarm/load.sh"
# shellcheck source=tests/swarm/stack.sh
source "$ROOT/tests/swarm/stack.sh"

if [ "$(id -u)" != 0 ]; then
  skip "swarm: needs root for namespaces and Docker; run: sudo make test ONLY=swarm"
  finish
  exit
fi
make_copy_of echo
trap 'clean_up' EXIT
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}"
prepare_images
cluster_up
registry_up "$REGISTRY_PORT"
clients_up
three_nodes

echo "- deploy"
check "make push: every image in the registry, by digest" on_builder make push
check "make deploy RUNTIME=swarm on three nodes" stack_deploy 1
expect "echo is spread 2/2/2" "2 2 2" "$(spread echo)"
expect "a gateway on each node" "1 1 1" "$(spread gateway)"
if [ "$(images_of echo)" = "$(jq -r '."fortress/echo:dev"' "$COPY/.state/swarm/images.json")" ]; then
  pass "the tasks run the pushed digest"
else
  fail "the tasks run the pushed digest" "$(images_of echo)"
fi

echo "- every node's gateway"
smoke_on_all
for n in 1 2 3; do limit_is_per_client "$n"; done

echo "- rolling update at $LOAD_RATE requests/s"
release "a second version"
load_start 1 2 3
check "make deploy RUNTIME=swarm replaces the workers" stack_deploy 1
load_stop
lost_at_most "no request fails" 0
second=$(images_of echo)
expect "all six replicas run the new image" "$(pinned echo)" "$second"

echo "- a broken image at $LOAD_RATE requests/s"
cp "$COPY/.state/swarm/images.json" "$CLUSTER_RUN/good.json"
break_worker
load_start 1 2 3
if stack_deploy 1 >"$CLUSTER_RUN/broken.log" 2>&1; then
  fail "make deploy RUNTIME=swarm reports the rollback of the image" "$(cat "$CLUSTER_RUN/broken.log")"
else
  check "make deploy RUNTIME=swarm reports the rollback of the image" grep -E '^error: echo: rollback completed' "$CLUSTER_RUN/broken.log"
fi
load_stop
lost_at_most "no request fails" 0
expect "all six replicas run the previous image" "$second" "$(images_of echo)"
cp "$CLUSTER_RUN/good.json" "$COPY/.state/swarm/images.json"

echo "- power loss of a worker node at $LOAD_RATE requests/s"
load_start 1 2
node_kill 3
full_again "six replicas run within 60 s" 1 60 "node1 node2"
load_stop
lost_at_most "at most 1 % of requests fail" 1

node_up 3 # not through check: a node ends with the shell that started it
check "node 3 is ready again with its disk" ready_again 3 1

echo "- power loss of the leader of three managers at $LOAD_RATE requests/s"
dock 1 node promote node2 node3 >/dev/null
check "three managers and three gateways within 60 s" all_ready
load_start 2 3
node_kill 1
check "another leader within 60 s" elected 2
full_again "six replicas run within 60 s" 2 60 "node2 node3"
load_stop
lost_at_most "at most 1 % of requests fail" 1
release "a version after the election"
check "make deploy RUNTIME=swarm with a lost node" stack_deploy 2
expect "all six replicas run the new image" "$(pinned echo)" "$(images_of echo 2)"
node_up 1
check "node 1 is ready again" ready_again 1 2

echo "- backup and restore"
# shellcheck source=tests/swarm/state.sh
source "$ROOT/tests/swarm/state.sh"
trap - EXIT
clean_up >/dev/null 2>&1
check "no process, namespace, mount or firewall rule is left" clean
finish
