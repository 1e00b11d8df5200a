#!/usr/bin/env bash
# Rotates logs by size, checked twice a second: a log of 20 MB is renamed, and two old ones are kept. A log takes at most
# 3 x 20 MB plus half a second of lines, the metrics log 3 x 60 MB: its rotation waits, up to that size, until
# the log exporter has opened the current file, because it skips a file that it has not opened. The exporter holds one more
# file open while it is behind. Rotation writes nothing, so it works on a full disk.
# Arguments: the gateway's run folder, the folder of its logs, the folder of pm2's logs. SIGHUP rotates everything now.
set -uo pipefail # not -e: the loop goes on after a failure
run=$1 access_log=$2/access.log metrics=$2/metrics.log logs=$3 pm2=${PM2_HOME:?}
limit=20 behind_limit=60 # MB

# pid_of FILE PROGRAM: the pid in the file, if it is a process of that program.
pid_of() {
  local pid=''
  { read -r pid <"$1" || [ -n "$pid" ]; } 2>/dev/null && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] && echo "$pid"
}
gateway() { pid_of "$run/nginx.pid" nginx; }
exporter() {
  local file
  for file in "$pm2"/pids/log-exporter-*.pid; do pid_of "$file" mtail && return; done
  return 1
}
# has_open FILE PID...: one of the processes has the file open.
has_open() {
  local file=$1 pid fd
  shift
  for pid in "$@"; do
    for fd in /proc/"$pid"/fd/*; do [ "$fd" -ef "$file" ] && return 0; done
  done
  return 1
}
keep_two() { mv -f "$1.1" "$1.2" 2>/dev/null || true; mv -f "$1" "$1.1"; }

# The exporter closes a renamed file at its end. It is stopped from the rename until nginx has written its last line
# there, otherwise it would miss lines.
rotate_metrics() {
  local nginx mtail _
  nginx=$(gateway) || return
  mtail=$(exporter) && kill -STOP "$mtail"
  keep_two "$metrics" && kill -USR1 "$nginx"
  for _ in {1..40}; do
    # shellcheck disable=SC2046 # one word per pid
    has_open "$metrics.1" "$nginx" $(<"/proc/$nginx/task/$nginx/children") || break
    sleep 0.025
  done
  [ -z "$mtail" ] || kill -CONT "$mtail"
}
behind() { local mtail; mtail=$(exporter) && ! has_open "$metrics" "$mtail"; }
# larger MB PATH...: the logs above that size.
larger() {
  local size=$1
  shift
  find "$@" -maxdepth 1 -type f -name '*.log' -size "+$((size * 1024))k" 2>/dev/null
}

rotate() {
  local size=$1 log nginx pm2_logs=no
  if [ -n "$(larger "$size" "$access_log")" ] && nginx=$(gateway); then keep_two "$access_log" && kill -USR1 "$nginx"; fi
  if [ -n "$(larger "$size" "$metrics")" ]; then
    if ! behind || [ -n "$(larger "$behind_limit" "$metrics")" ]; then rotate_metrics; fi
  fi
  while read -r log; do
    if [ "$log" -ef "$access_log" ] || [ "$log" -ef "$metrics" ]; then continue; fi
    keep_two "$log" && pm2_logs=yes
  done < <(larger "$size" "$logs")
  # pm2 stops writing a log when the disk is full; SIGUSR2 makes it reopen them once there is space again.
  if [ "$(stat -f -c %a "$logs")" -lt 256 ]; then full=yes; elif [ "$full" = yes ]; then full=no pm2_logs=yes; fi
  [ "$pm2_logs" = no ] || kill -USR2 "$(<"$pm2/pm2.pid")"
  [ -z "$(larger "$size" "$pm2/pm2.log")" ] || : >"$pm2/pm2.log" # pm2's own log, opened for append
}

trap 'mtail=$(exporter) && kill -CONT "$mtail"' EXIT
trap 'exit 0' TERM INT
due=$limit full=no
trap 'due=0' HUP # not `size`, which is local to rotate(): a signal during a rotation would set that one
while :; do
  sleep 0.5 &
  wait $! # a signal ends it
  now=$due due=$limit
  rotate "$now"
done
