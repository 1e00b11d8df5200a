#!/bin/sh
# What the official nginx image promises before it starts nginx: every executable script in /docker-entrypoint.d
# runs in order, and one that fails stops the start.
set -e
case "$1" in
  nginx | nginx-debug)
    for script in /docker-entrypoint.d/*.sh; do
      [ ! -x "$script" ] || "$script"
    done
    ;;
esac
exec "$@"
