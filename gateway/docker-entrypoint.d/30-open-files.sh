#!/bin/sh
# How many files a container may open is the engine's to say; nginx would log an alert for asking for more.
# ops/native/open-files.ts does the same without containers.
set -eu
# shellcheck disable=SC3045 # BusyBox and dash have -H
limit=$(ulimit -Hn)
[ "$limit" != unlimited ] || exit 0
for config in "$RUN_DIR/nginx.conf" "$RUN_DIR/verifier.conf"; do
  awk -v limit="$limit" '
    $1 == "worker_rlimit_nofile" && $2 + 0 > limit { sub(/[0-9]+/, limit) }
    $1 == "worker_connections" && $2 + 0 > limit / 2 { sub(/[0-9]+/, int(limit / 2)) }
    { print }' "$config" >"$config.new"
  mv "$config.new" "$config"
done
