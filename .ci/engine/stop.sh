#!/usr/bin/env bash
# Ends this checkout's engine and takes away what it left: containers, images, bridge, firewall rules.
# shellcheck source=.ci/engine/env.sh
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
# Firewall rules are the whole machine's: the last engine to leave puts them back as they were.
if ! pgrep -x dockerd >/dev/null; then
  {
    printf '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n'
    printf '*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n'
    cat "$ENGINE_RUN/iptables.before"
  } | iptables-restore
  cat "$ENGINE_RUN/ip_forward.before" >/proc/sys/net/ipv4/ip_forward
fi
awk '{ print $2 }' /proc/mounts | grep -E "^($ENGINE_RUN|$ENGINE_DATA)/" | sort -r | xargs -r -n 1 umount -l || true
rm -rf "$ENGINE_RUN" "$ENGINE_DATA"
say "stopped"
