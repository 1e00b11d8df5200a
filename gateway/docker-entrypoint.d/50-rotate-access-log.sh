#!/bin/sh
# The copy of the access log for the log exporter lives in memory: renamed when it reaches 16 MB, one old one is kept.
# `docker compose logs gateway` has the log for people; Docker rotates that one.
set -eu
log=/var/log/gateway/access.log
[ "${GATEWAY_PART:-}" != verifier ] || exit 0
(
  while sleep 5; do
    [ "$(wc -c 2>/dev/null <"$log" || echo 0)" -gt 16777216 ] || continue
    mv "$log" "$log.1"
    kill -USR1 1 # nginx opens a new one
  done
) &
