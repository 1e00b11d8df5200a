#!/bin/sh
# Rotates the metrics log, in a memory volume of 32 MB: at 4 MB, one old file is kept. A line has at most 200
# bytes and one machine answers some 30,000 requests/s, so a second adds at most 6 MB: the current file, the old one and one
# that the exporter still reads fit into the volume. The access log is the container's own log, rotated by Docker.
set -u
[ -z "${VERIFIER:-}" ] || exit 0
cd /var/log/gateway || exit 1
(
  while sleep 1; do
    if [ "$(wc -c 2>/dev/null <metrics.log || echo 0)" -gt 4194304 ]; then
      mv metrics.log metrics.log.1 && kill -USR1 1 # nginx reopens its log
    elif [ "$(df -P . | awk 'NR == 2 { print int($5) }')" -ge 90 ]; then
      : >metrics.log.1 # unread lines are lost; a full volume would lose all that follow
    fi
  done
) &
