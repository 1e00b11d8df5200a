#!/usr/bin/env bash
# Ends this checkout's engine and takes away what it left: containers, images, bridge, firewall rules.
# shellcheck source=tests/engine/env.sh
source "$(dirname "$0")/env.sh"
[ -d "$ENGINE_RUN" ] || exit 0
docker ps -aq 2>/dev/null | xargs -r docker rm -f >/dev/null 2>&1 || true
docker network prune -f >/dev/null 2>&1 || true
if [ -s "$ENGINE_RUN/dockerd.pid" ]; then
  pid=$(cat "$ENGINE_RUN/dockerd.pid")
  kill "$pid" 2>/dev/null || true
  for _ in {1..150}; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  if kill -0 "$pid" 2>/dev/null; then die "dockerd (pid $pid) did not end within 30 s"; fi
fi
ip link delete "$ENGINE_BRIDGE" 2>/dev/null || true
# Firewall rules are the whole machine's. Our own go; what every engine shares goes with the last one.
"$ROOT/tests/engine/firewall.sh" "$(pgrep -x dockerd >/dev/null || echo last)"
awk '{ print $2 }' /proc/mounts | grep -E "^($ENGINE_RUN|$ENGINE_DATA)/" | sort -r | xargs -r -n 1 umount -l || true
rm -rf "$ENGINE_RUN" "$ENGINE_DATA"
say "stopped"
