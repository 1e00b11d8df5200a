#!/usr/bin/env bash
# No registry can be reached here, so the base images that the project names are made from Debian packages and npm,
# under their real names: Dockerfiles and compose.yaml are used unchanged. What can be pulled is not made.
# shellcheck source=.ci/engine/env.sh
source "$(dirname "$0")/env.sh"
here="$ROOT/.ci/engine"
suite=sid # the one suite with nginx >= 1.27.3 (`server ... resolve`)
libc=(libc6=2.43-7 busybox-static=1:1.38.0-3+b1)

# named PATTERN: the image of that name which a Dockerfile or compose.yaml asks for.
named() {
  grep -rhoE "(^|[[:space:]])$1:[A-Za-z0-9._-]+" "$ROOT/compose.yaml" "$ROOT"/*/Dockerfile | head -n 1 | tr -d '[:space:]' || true
}

# root NAME PACKAGE...: an empty root with merged /usr and these packages.
root() {
  rootfs="$ENGINE_TOOLS/images/$1"
  shift
  [ ! -e "$rootfs" ] || rm -rf "$rootfs"
  mkdir -p "$rootfs"/usr/{bin,lib,lib64,sbin} "$rootfs"/{etc,tmp,run,dev,proc,sys}
  local name
  for name in bin lib lib64 sbin; do ln -s "usr/$name" "$rootfs/$name"; done
  chmod 1777 "$rootfs/tmp"
  printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >"$rootfs/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\n' >"$rootfs/etc/group"
  "$here/fetch.sh" "$suite" "$rootfs" "$@"
  rm -rf "$rootfs"/usr/share/{doc,man,locale,lintian,bash-completion} "$rootfs"/usr/lib/x86_64-linux-gnu/gconv
}

tools() { # busybox under the names of its tools, where nothing better is there
  local tool
  for tool in $("$rootfs/usr/bin/busybox" --list); do
    [ -e "$rootfs/usr/bin/$tool" ] || ln -s busybox "$rootfs/usr/bin/$tool"
  done
}

# import IMAGE CHANGE...: the root as an image.
import() {
  local image=$1 change=() line
  shift
  for line in "$@"; do change+=(--change "$line"); done
  tar -C "$rootfs" --numeric-owner -c . | docker import "${change[@]}" - "$image" >/dev/null
  say "stand-in for $image"
}

wanted() { [ -n "$1" ] && ! docker image inspect "$1" >/dev/null 2>&1; }

image=$(named oven/bun)
if wanted "$image"; then
  root bun "${libc[@]}"
  tools
  install -D "$ROOT/.tools/bun/node_modules/.bin/bun" "$rootfs/usr/local/bin/bun"
  # A machine behind an inspecting proxy trusts a certificate that the packages' host does not have.
  install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$rootfs/etc/ssl/certs/ca-certificates.crt"
  import "$image" "ENV PATH=/usr/local/bin:/usr/bin:/bin" \
    "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt" "WORKDIR /home/bun/app"
fi

image=$(named nginx)
if wanted "$image"; then
  root nginx "${libc[@]}" nginx=1.30.6-2 nginx-common=1.30.6-2 libcrypt1=1:4.5.2+20251210-1 \
    libpcre2-8-0=10.49-1 libssl3t64=3.6.5-1 zlib1g=1:1.3.dfsg+really1.3.2-4 libzstd1=1.5.7+dfsg-4 gettext-base=1.0-5
  tools
  rm -rf "$rootfs"/etc/nginx/{sites-*,modules-*,conf.d}
  mkdir -p "$rootfs"/etc/nginx/conf.d "$rootfs"/var/log/nginx
  printf 'nginx:x:101:101::/nonexistent:/bin/false\n' >>"$rootfs/etc/passwd"
  printf 'nginx:x:101:\n' >>"$rootfs/etc/group"
  install -m 755 -D "$here/nginx/docker-entrypoint.sh" "$rootfs/docker-entrypoint.sh"
  install -m 755 -D "$here/nginx/20-envsubst-on-templates.sh" \
    "$rootfs/docker-entrypoint.d/20-envsubst-on-templates.sh"
  import "$image" "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin" "EXPOSE 80" \
    'ENTRYPOINT ["/docker-entrypoint.sh"]' 'CMD ["nginx", "-g", "daemon off;"]'
fi

image=$(named nginx/nginx-prometheus-exporter)
if wanted "$image"; then
  root exporter libc6=2.43-7 prometheus-nginx-exporter=1.5.1-1
  mv "$rootfs/usr/bin/prometheus-nginx-exporter" "$rootfs/usr/bin/nginx-prometheus-exporter"
  import "$image" "USER 1001:1001" 'ENTRYPOINT ["/usr/bin/nginx-prometheus-exporter"]' "EXPOSE 9113"
fi

image=$(named prom/prometheus)
if wanted "$image"; then
  root prometheus "${libc[@]}" prometheus=3.5.3+ds1-6
  tools
  mkdir -p "$rootfs/prometheus"
  chown 65534:65534 "$rootfs/prometheus"
  import "$image" "ENV PATH=/usr/bin:/bin" "USER nobody" "WORKDIR /prometheus" "VOLUME /prometheus" \
    "EXPOSE 9090" 'ENTRYPOINT ["/bin/prometheus"]'
fi

image=$(named ghcr.io/jaqx0r/mtail)
if wanted "$image"; then
  root mtail libc6=2.43-7 mtail=3.2.24-2
  import "$image" 'ENTRYPOINT ["/usr/bin/mtail"]' "EXPOSE 3903"
fi

image=$(named prom/blackbox-exporter)
if wanted "$image"; then
  root blackbox "${libc[@]}" prometheus-blackbox-exporter=0.28.0-2
  tools
  mv "$rootfs/usr/bin/prometheus-blackbox-exporter" "$rootfs/usr/bin/blackbox_exporter"
  import "$image" "USER nobody" 'ENTRYPOINT ["/bin/blackbox_exporter"]' "EXPOSE 9115"
fi

image=$(named prom/alertmanager)
if wanted "$image"; then
  root alertmanager "${libc[@]}" prometheus-alertmanager=0.33.1-5
  tools
  mv "$rootfs/usr/bin/prometheus-alertmanager" "$rootfs/usr/bin/alertmanager"
  mkdir -p "$rootfs/alertmanager"
  chown 65534:65534 "$rootfs/alertmanager"
  import "$image" "ENV PATH=/usr/bin:/bin" "USER nobody" "WORKDIR /alertmanager" "VOLUME /alertmanager" \
    "EXPOSE 9093" 'ENTRYPOINT ["/bin/alertmanager"]'
fi
