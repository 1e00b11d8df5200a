#!/usr/bin/env bash
# Exit code 0 when nothing of this checkout's engine is left on the machine.
# shellcheck source=tests/engine/env.sh
source "$(dirname "$0")/env.sh"
left=()
[ ! -e "$ENGINE_RUN" ] || left+=("$ENGINE_RUN")
[ ! -e "$ENGINE_DATA" ] || left+=("$ENGINE_DATA")
if ip link show "$ENGINE_BRIDGE" >/dev/null 2>&1; then left+=("bridge $ENGINE_BRIDGE"); fi
if grep -qE "$ENGINE_RUN|$ENGINE_DATA" /proc/mounts; then left+=("mounts"); fi
if pgrep -f "$ENGINE_RUN" >/dev/null; then left+=("processes"); fi
if iptables-save | grep -qF "$ENGINE_NET."; then left+=("firewall rules"); fi
[ "${#left[@]}" -eq 0 ] || die "left behind: ${left[*]}"
