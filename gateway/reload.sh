#!/bin/sh
# Reloads nginx and waits until none of its worker processes with the earlier configuration accepts connections, 30 s at most:
# the next request is answered with the new one. Arguments: the pid of the master process, the command that reloads
# (default: kill -HUP). Runs in the containers too.
set -eu
master=$1
shift
[ $# -gt 0 ] || set -- kill -HUP "$master"

# accepting: the pids of the worker processes that accept connections.
accepting() {
  for process in /proc/[0-9]*; do
    { read -r pid _ _ parent _ <"$process/stat"; } 2>/dev/null || continue
    [ "$parent" = "$master" ] || continue
    grep -q '^nginx: worker process' "$process/cmdline" 2>/dev/null || continue
    grep -q 'is shutting down' "$process/cmdline" 2>/dev/null || printf ' %s ' "$pid"
  done
}

before=$(accepting)
"$@"
tries=300
while [ "$tries" -gt 0 ]; do
  left=no
  for pid in $(accepting); do case $before in *" $pid "*) left=yes ;; esac done
  [ "$left" = yes ] || exit 0
  tries=$((tries - 1))
  sleep 0.1
done
echo "nginx still answers with the earlier configuration after 30 s; its log says why" >&2
exit 1
