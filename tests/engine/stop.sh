#!/usr/bin/env bash
# Stops this checkout's engine and removes its containers, images, bridge and firewall rules.
# stop.sh check: exit code 0 when nothing of it is left.
# shellcheck source=tests/engine/env.sh
source "$(dirname "$0")/env.sh"

check() {
  local left=()
  [ ! -e "$ENGINE_RUN" ] || left+=("$ENGINE_RUN")
  [ ! -e "$ENGINE_DATA" ] || left+=("$ENGINE_DATA")
  if ip link show "$ENGINE_BRIDGE" >/dev/null 2>&1; then left+=("bridge $ENGINE_BRIDGE"); fi
  if grep -qE "$ENGINE_RUN|$ENGINE_DATA" /proc/mounts; then left+=("mounts"); fi
  if pgrep -f "$ENGINE_RUN" >/dev/null; then left+=("processes"); fi
  if iptables-save | grep -qF "$ENGINE_NET."; then left+=("firewall rules"); fi
  [ "${#left[@]}" -eq 0 ] || die "left behind: ${left[*]}"
}

# remove_rules TABLE PATTERN: removes matching firewall rules.
remove_rules() {
  local table=$1 pattern=$2 rule
  while read -r rule; do
    # shellcheck disable=SC2086 # a rule is many words, none of them quoted
    iptables -t "$table" ${rule/#-A/-D}
  done < <(iptables-save -t "$table" | grep -E "^-A .*($pattern)" || true)
}
# Removes this engine's firewall rules. Chains and the forwarding policy are shared by all engines and are restored
# after the last one.
remove_firewall() {
  local table action chain
  for table in filter nat; do remove_rules "$table" "$ENGINE_BRIDGE|$ENGINE_NET\\."; done
  ! pgrep -x dockerd >/dev/null || return 0
  for table in filter nat; do
    remove_rules "$table" '-j DOCKER'
    for action in -F -X; do
      for chain in $(iptables-save -t "$table" | sed -n 's/^:\(DOCKER[^ ]*\) .*/\1/p'); do iptables -t "$table" "$action" "$chain"; done
    done
  done
  iptables -P FORWARD "$(cat "$ENGINE_RUN/forward.before" 2>/dev/null || echo ACCEPT)"
  cat "$ENGINE_RUN/ip_forward.before" >/proc/sys/net/ipv4/ip_forward
}

if [ "${1:-}" = check ]; then
  check
  exit
fi
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
remove_firewall
awk '{ print $2 }' /proc/mounts | grep -E "^($ENGINE_RUN|$ENGINE_DATA)/" | sort -r | xargs -r -n 1 umount -l || true
rm -rf "$ENGINE_RUN" "$ENGINE_DATA"
say "stopped"
