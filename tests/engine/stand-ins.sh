#!/usr/bin/env bash
# Without a registry, builds stand-ins for the base images from Debian packages and npm, under their real names, so that
# Dockerfiles and compose.yaml are used unchanged. Existing images are kept. User, entrypoint, working directory,
# writable paths and tools come from images.yaml.
# shellcheck source=tests/engine/env.sh
source "$(dirname "$0")/env.sh"
here="$ROOT/tests/engine"
exec 8>"$ENGINE_TOOLS/stand-ins.lock" && flock 8 # two suites may run at once
suite=sid # the only suite with nginx >= 1.27.3 (`server ... resolve`)
libc=(libc6=2.43-7 busybox-static=1:1.38.0-3+b1)
bun="$ROOT/.tools/bun/node_modules/.bin/bun"
table=$("$bun" -e 'console.log(JSON.stringify(Bun.YAML.parse(await Bun.file(process.argv[1]).text())))' "$here/images.yaml")
rootfs=''
drop_root() { [ -z "$rootfs" ] || rm -rf "$rootfs" "$rootfs.log"; }
new_root() {
  drop_root
  mkdir -p "$ROOT/.state"
  rootfs=$(mktemp -d "$ROOT/.state/stand-in.XXXXXX")
  chmod 755 "$rootfs"
}
trap drop_root EXIT

# row FILTER: from the row of $image.
row() { jq -r --arg image "${image%:*}" ".[\$image] | $1" <<<"$table"; }

# named PATTERN: the image with its tag, from a Dockerfile or compose.yaml.
named() {
  grep -rhoE "(^|[[:space:]])$1:[A-Za-z0-9._-]+" "$ROOT/compose.yaml" "$ROOT"/*/Dockerfile "$ROOT"/*/*/Dockerfile | head -n 1 | tr -d '[:space:]' || true
}

# root PACKAGE...: an empty root with merged /usr and these packages.
root() {
  new_root
  mkdir -p "$rootfs"/usr/{bin,lib,lib64,sbin} "$rootfs"/{etc,tmp,run,dev,proc,sys}
  local name
  for name in bin lib lib64 sbin; do ln -s "usr/$name" "$rootfs/$name"; done
  chmod 1777 "$rootfs/tmp"
  printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >"$rootfs/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\n' >"$rootfs/etc/group"
  "$here/fetch.sh" "$suite" "$rootfs" "$@"
  rm -rf "$rootfs"/usr/share/{doc,man,locale,lintian,bash-completion} "$rootfs"/usr/lib/x86_64-linux-gnu/gconv
}

# Stand-ins are cached until one of their sources changes.
kept() {
  local key
  key=$(cat "$0" "$here/images.yaml" /etc/ssl/certs/ca-certificates.crt | sha256sum | cut -c 1-16)
  echo "$ENGINE_TOOLS/stand-ins/$(tr ':/' '__' <<<"$image")-$key"
}
cached() {
  local change kept
  kept=$(kept)
  [ -s "$kept.tar" ] || return 1
  mapfile -t change <"$kept.changes"
  docker import "${change[@]}" "$kept.tar" "$image" >/dev/null
  say "stand-in for $image"
}

# import [CHANGE...]: imports the root as $image, with the values of its row.
import() {
  local change=() line tool path user kept
  user=$(row .user)
  change=(${user:+--change "USER $user"} --change "WORKDIR $(row .workdir)" --change "ENTRYPOINT $(row '.entrypoint | tojson')")
  for line in "$@"; do change+=(--change "$line"); done
  for tool in $(row .tools); do
    [ -e "$rootfs/usr/bin/$tool" ] || [ -e "$rootfs/usr/sbin/$tool" ] || ln -s busybox "$rootfs/usr/bin/$tool"
  done
  for path in $(row '.writable[]'); do
    mkdir -p "$rootfs$path"
    chown "$(if [ "$user" = nobody ]; then echo 65534:65534; else echo "$user"; fi)" "$rootfs$path"
  done
  kept=$(kept)
  mkdir -p "$(dirname "$kept")"
  rm -f "${kept%-*}-"*
  printf '%s\n' "${change[@]}" >"$kept.changes"
  tar -C "$rootfs" --numeric-owner -cf "$kept.tar.$$" .
  mv "$kept.tar.$$" "$kept.tar"
  cached
}

wanted() { [ -n "$1" ] && ! docker image inspect "$1" >/dev/null 2>&1 && ! cached; }

image=$(named oven/bun)
if wanted "$image"; then
  root "${libc[@]}" libstdc++6=16.2.0-4 libgcc-s1=16.2.0-4 # as in Debian's base image
  install -D "$ROOT/.tools/bun/node_modules/.bin/bun" "$rootfs/usr/local/bin/bun"
  # The system's CAs, which may include that of an inspecting proxy.
  install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$rootfs/etc/ssl/certs/ca-certificates.crt"
  printf '#!/bin/sh\nexec "$@"\n' >"$rootfs/usr/local/bin/docker-entrypoint.sh"
  chmod 755 "$rootfs/usr/local/bin/docker-entrypoint.sh"
  import "ENV PATH=/usr/local/bin:/usr/bin:/bin" "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"
fi

image=$(named nginx)
if wanted "$image"; then
  root "${libc[@]}" nginx=1.30.6-2 nginx-common=1.30.6-2 libcrypt1=1:4.5.2+20251210-1 \
    libpcre2-8-0=10.49-1 libssl3t64=3.6.5-1 zlib1g=1:1.3.dfsg+really1.3.2-4 libzstd1=1.5.7+dfsg-4 gettext-base=1.0-5
  rm -rf "$rootfs"/etc/nginx/{sites-*,modules-*,conf.d}
  mkdir -p "$rootfs"/etc/nginx/conf.d "$rootfs"/var/log/nginx
  printf 'nginx:x:101:101::/nonexistent:/bin/false\n' >>"$rootfs/etc/passwd"
  printf 'nginx:x:101:\n' >>"$rootfs/etc/group"
  install -m 755 -D "$here/nginx/docker-entrypoint.sh" "$rootfs/docker-entrypoint.sh"
  install -m 755 -D "$here/nginx/20-envsubst-on-templates.sh" \
    "$rootfs/docker-entrypoint.d/20-envsubst-on-templates.sh"
  import "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin" "EXPOSE 80" 'CMD ["nginx", "-g", "daemon off;"]'
fi

image=$(named nginx/nginx-prometheus-exporter)
if wanted "$image"; then
  root libc6=2.43-7 prometheus-nginx-exporter=1.5.1-1
  mv "$rootfs/usr/bin/prometheus-nginx-exporter" "$rootfs/usr/bin/nginx-prometheus-exporter"
  import "EXPOSE 9113"
fi

image=$(named prom/prometheus)
if wanted "$image"; then
  root "${libc[@]}" prometheus=3.5.3+ds1-6
  import "ENV PATH=/usr/bin:/bin" "VOLUME /prometheus" "EXPOSE 9090"
fi

image=$(named debian)
if wanted "$image"; then
  # A minimal Debian with a working apt-get. On a frozen mirror the lists may be past their Valid-Until.
  debian="$ENGINE_TOOLS/debian-12.tar"
  if [ ! -s "$debian" ]; then
    "$ROOT/ops/bootstrap.sh" wget # needed by debootstrap
    "$here/fetch.sh" bookworm "$ENGINE_TOOLS/debootstrap" debootstrap=1.0.128+nmu2+deb12u2
    new_root
    DEBOOTSTRAP_DIR="$ENGINE_TOOLS/debootstrap/usr/share/debootstrap" \
      "$ENGINE_TOOLS/debootstrap/usr/sbin/debootstrap" --variant=minbase bookworm "$rootfs" >"$rootfs.log" 2>&1 ||
      die "debootstrap: $(tail -n 1 "$rootfs.log")"
    rm -rf "$rootfs"/var/{cache/apt,lib/apt/lists}/* "$rootfs"/usr/share/{doc,man,locale}/*
    echo 'Acquire::Check-Valid-Until "false";' >"$rootfs/etc/apt/apt.conf.d/frozen-mirror"
    tar -C "$rootfs" --numeric-owner -cf "$debian.$$" .
    mv "$debian.$$" "$debian"
  fi
  docker import --change 'CMD ["bash"]' "$debian" "$image" >/dev/null
  say "stand-in for $image"
fi

image=$(named prom/blackbox-exporter)
if wanted "$image"; then
  root "${libc[@]}" prometheus-blackbox-exporter=0.28.0-2
  mv "$rootfs/usr/bin/prometheus-blackbox-exporter" "$rootfs/usr/bin/blackbox_exporter"
  import "EXPOSE 9115"
fi

image=$(named prom/alertmanager)
if wanted "$image"; then
  root "${libc[@]}" prometheus-alertmanager=0.33.1-5
  mv "$rootfs/usr/bin/prometheus-alertmanager" "$rootfs/usr/bin/alertmanager"
  import "ENV PATH=/usr/bin:/bin" "VOLUME /alertmanager" "EXPOSE 9093"
fi
