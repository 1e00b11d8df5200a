#!/bin/sh
# Starts nginx after cleaning up a killed one. Arguments: its pid file, its unix socket, the command.
# Workers of a killed master keep its ports and its socket open; they are in its process group.
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
rm -f "$socket" # nginx does not replace an existing socket
case $socket in */auth.sock) rm -f "${socket%/*}/unknown-version.sock" ;; esac # the gateway has two
umask 027       # the access log is closed to other users
# Woken by an answer, nginx interrupts no worker while that answers others; then it finds several answers at once.
! command -v chrt >/dev/null || set -- chrt --batch 0 "$@"
exec "$@"
