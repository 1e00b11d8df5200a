#!/bin/sh
# Reloads nginx and waits until none of its worker processes with the earlier configuration accepts connections, 30 s at most:
# the next request is answered with the new one. Arguments: the pid of the master process, the command that reloads
# (default: kill -HUP). Runs in the containers too.
set -eu
master=$1
shift
[ $# -gt 0 ] || set -- kill -HUP "$master"

# is_accepting PID: it is a worker process, of this master, that accepts connections.
is_accepting() {
  { read -r _ _ _ parent _ <"/proc/$1/stat"; } 2>/dev/null && [ "$parent" = "$master" ] &&
    grep -q '^nginx: worker process' "/proc/$1/cmdline" 2>/dev/null &&
    ! grep -q 'is shutting down' "/proc/$1/cmdline" 2>/dev/null
}

before=''
for process in /proc/[0-9]*; do
  if is_accepting "${process#/proc/}"; then before="$before ${process#/proc/}"; fi
done
"$@"
end=$(($(date +%s) + 30))
while [ "$(date +%s)" -lt "$end" ]; do
  left=no
  for pid in $before; do if is_accepting "$pid"; then left=yes; fi; done
  [ "$left" = yes ] || exit 0
  sleep 0.1
done
echo "nginx still answers with the earlier configuration after 30 s; its log says why" >&2
exit 1
