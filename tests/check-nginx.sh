#!/usr/bin/env bash
# tests/check-nginx.sh native|containers|gixy: checks the rendered configuration with nginx or the security linter.
set -euo pipefail
cd "$(dirname "$0")/.."
bun=.tools/bun/node_modules/.bin/bun
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Debian 12's nginx does not support `server … resolve`; that of sid runs from a folder with its own libraries.
modern_nginx() {
  local root=$PWD/.tools/nginx
  [ -x "$root/usr/sbin/nginx" ] ||
    tests/engine/fetch.sh sid "$root" libc6=2.43-7 nginx=1.30.6-2 libcrypt1=1:4.5.2+20251210-1 libpcre2-8-0=10.49-1 \
      libssl3t64=3.6.5-1 zlib1g=1:1.3.dfsg+really1.3.2-4 libzstd1=1.5.7+dfsg-4 >&2
  local libraries=$root/usr/lib/x86_64-linux-gnu
  "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$root/usr/sbin/nginx" "$@"
}

"$bun" tests/render-gateway.ts "$folder" "$([ "$1" = native ] && echo native || echo containers)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 1 -subj /CN=localhost \
  -keyout "$folder/nginx.key" -out "$folder/nginx.crt" 2>/dev/null
case $1 in
  containers)
    for config in nginx verifier-new verifier-recent; do modern_nginx -t -q -e stderr -p "$folder" -c "$folder/$config.conf"; done
    ;;
  native)
    for config in nginx verifier-new verifier-recent; do nginx -t -q -e stderr -p "$folder" -c "$folder/$config.conf"; done
    ;;
  gixy)
    # Skipped: the status port is never published; upstreams use `resolve`; try_files serves six small pages, and in
    # the verifier a path that never exists, which gives the 204.
    skips=status_page_exposed,missing_resolver,try_files_is_evil_too
    for config in nginx verifier-new verifier-recent; do .tools/python/bin/gixy --skips "$skips" "$folder/$config.conf"; done
    ;;
esac
