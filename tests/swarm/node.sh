#!/usr/bin/env bash
# The first process of a node, inside its namespaces: sets the host name and starts a Docker engine.
# shellcheck source=tests/swarm/cluster.sh
source "$(dirname "$0")/cluster.sh"
n=$1
run="$CLUSTER_RUN/node$n"
while [ ! -e "$run.plugged" ]; do sleep 0.05; done
hostname "node$n"
ip link set lo up
mkdir -p "$run" "$CLUSTER_DATA/node$n" /etc/docker
mount -t tmpfs tmpfs /etc/docker # each engine writes its own key there
rm -f "$run-dockerd" "$run.sock"

# A registry on the node's loopback with the storage of `docker push`.
if [ -e "$CLUSTER_RUN/registry.yml" ]; then
  docker-registry serve "$CLUSTER_RUN/registry.yml" >"$run-registry.log" 2>&1 &
fi
dockerd --host "unix://$run.sock" --data-root "$CLUSTER_DATA/node$n" --exec-root "$run" --pidfile "$run-dockerd" \
  --cgroup-parent "/$CLUSTER-node$n" --storage-driver overlay2 --no-new-privileges --log-level warn &
wait
