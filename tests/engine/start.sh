#!/usr/bin/env bash
# Starts a Docker engine for this checkout: programs from unpacked Debian packages, its own data, socket, bridge and
# address range. Idempotent. stop.sh removes all of it.
# start.sh fetch: only unpacks the programs, for checks that need Compose but no engine.
# shellcheck source=tests/engine/env.sh
source "$(dirname "$0")/env.sh"
here="$ROOT/tests/engine"
[ "$(id -u)" = 0 ] || die "the engine must be started as root; run: sudo tests/engine/start.sh"
if docker version >/dev/null 2>&1; then exit 0; fi

"$ROOT/ops/bootstrap.sh" iptables iproute2 libseccomp2
if [ ! -e "$ENGINE_TOOLS/complete" ]; then
  "$here/fetch.sh" bookworm "$ENGINE_TOOLS/root" \
    docker.io=20.10.24+dfsg1-1+deb12u1+b6 containerd=1.6.20~ds1-1+deb12u3 runc=1.1.5+ds1-1+deb12u1
  "$here/fetch.sh" sid "$ENGINE_TOOLS/root" docker-compose=2.40.3-3 docker-buildx=0.29.1+ds1-4
  mkdir -p "$DOCKER_CONFIG"
  ln -sfn "$ENGINE_TOOLS/root/usr/libexec/docker/cli-plugins" "$DOCKER_CONFIG/cli-plugins"
  touch "$ENGINE_TOOLS/complete"
fi
[ "${1:-}" != fetch ] || exit 0
store=(--storage-driver overlay2)
if [ "$ENGINE" = newest ]; then
  if [ ! -e "$ENGINE_TOOLS/newest/complete" ]; then
    "$here/fetch.sh" sid "$ENGINE_TOOLS/newest" docker.io=28.5.2+dfsg4-5 docker-cli=28.5.2+dfsg4-5 \
      containerd=2.1.9+ds1-5 tini-static=0.19.0-6+b2
    # runc of sid needs a newer C library than that of Debian 12.
    "$here/fetch.sh" bookworm "$ENGINE_TOOLS/newest" runc=1.1.5+ds1-1+deb12u1
    touch "$ENGINE_TOOLS/newest/complete"
  fi
  store=(--feature containerd-snapshotter=true)
fi

mkdir -p "$ENGINE_RUN" "$ENGINE_DATA"
# Another engine has already changed the policy, so only the first one records it.
pgrep -x dockerd >/dev/null || iptables -S FORWARD | sed -n 's/^-P FORWARD //p' >"$ENGINE_RUN/forward.before"
cat /proc/sys/net/ipv4/ip_forward >"$ENGINE_RUN/ip_forward.before"
ip link show "$ENGINE_BRIDGE" >/dev/null 2>&1 || ip link add "$ENGINE_BRIDGE" type bridge
ip addr replace "$ENGINE_NET.0.1/24" dev "$ENGINE_BRIDGE"
ip link set "$ENGINE_BRIDGE" up
setsid dockerd --host "$DOCKER_HOST" --data-root "$ENGINE_DATA" --exec-root "$ENGINE_RUN/exec" \
  --pidfile "$ENGINE_RUN/dockerd.pid" --bridge "$ENGINE_BRIDGE" \
  --default-address-pool "base=$ENGINE_NET.0.0/16,size=24" "${store[@]}" \
  --log-level warn >"$ENGINE_RUN/dockerd.log" 2>&1 </dev/null &
for _ in {1..150}; do
  docker version >/dev/null 2>&1 && break
  sleep 0.2
done
docker version >/dev/null 2>&1 || {
  tail -n 5 "$ENGINE_RUN/dockerd.log" >&2
  die "dockerd did not answer within 30 s; its log: $ENGINE_RUN/dockerd.log"
}
say "Docker $(docker version --format '{{.Server.Version}}'), Compose $(docker compose version --short)"
