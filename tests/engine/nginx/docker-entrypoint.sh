#!/bin/sh
# Like the entrypoint of the official nginx image: executable scripts in /docker-entrypoint.d run in order, and a failed
# one aborts the start. *.envsh are sourced in the same subshell: later scripts see their exports, nginx does not.
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
