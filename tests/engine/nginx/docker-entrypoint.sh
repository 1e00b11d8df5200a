#!/bin/sh
# What the official nginx image promises before it starts nginx: every executable script in /docker-entrypoint.d
# runs in order, and one that fails stops the start. Those named *.envsh are sourced, in the subshell that runs them
# all: later scripts see what they export, nginx does not.
# shellcheck disable=SC1090
set -e
case "$1" in
  nginx | nginx-debug)
    find /docker-entrypoint.d/ -follow -type f | sort -V | while read -r script; do
      [ -x "$script" ] || continue
      case "$script" in
        *.envsh) . "$script" ;;
        *.sh) "$script" ;;
      esac
    done
    ;;
esac
exec "$@"
