#!/bin/sh
# Starts an nginx in the place of one that did not end by itself. Arguments: its pid file, its unix socket, the command.
# The workers of a master that was killed live on and keep its ports and its socket: they are of its process group.
set -u
pid_file=$1 socket=$2
shift 2
if [ -s "$pid_file" ]; then
  group=$(cat "$pid_file")
  for stat in /proc/[0-9]*/stat; do
    { read -r pid name _ _ process_group _ <"$stat"; } 2>/dev/null || continue
    [ "$name" != '(nginx)' ] || [ "$process_group" != "$group" ] || kill -KILL "$pid"
  done
fi
rm -f "$socket" # nginx does not replace one
umask 027       # the access log is nobody else's
exec "$@"
