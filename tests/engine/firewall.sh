#!/usr/bin/env bash
# firewall.sh [last]: removes the firewall rules of this checkout's engine; after the last engine of the machine, also
# the chains and the forwarding policy that all of them share.
# shellcheck source=tests/engine/env.sh
source "$(dirname "$0")/env.sh"

# remove TABLE PATTERN: every rule of a table that matches.
remove() {
  local table=$1 pattern=$2 rule
  while read -r rule; do
    # shellcheck disable=SC2086 # a rule is many words, none of them quoted
    iptables -t "$table" ${rule/#-A/-D}
  done < <(iptables-save -t "$table" | grep -E "^-A .*($pattern)" || true)
}

for table in filter nat; do
  remove "$table" "$ENGINE_BRIDGE|$ENGINE_NET\\."
done
[ "${1:-}" = last ] || exit 0
chains() { iptables-save -t "$1" | sed -n 's/^:\(DOCKER[^ ]*\) .*/\1/p'; }
for table in filter nat; do
  remove "$table" '-j DOCKER'
  for chain in $(chains "$table"); do iptables -t "$table" -F "$chain"; done
  for chain in $(chains "$table"); do iptables -t "$table" -X "$chain"; done
done
iptables -P FORWARD "$(cat "$ENGINE_RUN/forward.before" 2>/dev/null || echo ACCEPT)"
cat "$ENGINE_RUN/ip_forward.before" >/proc/sys/net/ipv4/ip_forward
