#!/bin/sh
# 20-configuration.sh [next]: writes the part of the configuration that depends on this container, and has nginx check
# it with the part that the host rendered. Runs before nginx starts, and with "next" before each reload: a configuration
# that nginx refuses changes nothing.
set -eu
configuration=${CONFIGURATION:-/etc/fortress}
tree=$configuration/${1:-current}
if [ -f "$configuration/gateway.tar" ]; then # a swarm cannot mount folders: the configuration is one archive
  tree=$RUN_DIR/configuration
  mkdir -p "$tree"
  tar -C "$tree" -xf "$configuration/gateway.tar"
fi
if [ ! -f "$tree/nginx.conf" ]; then
  echo "error: there is no $tree/nginx.conf; mount the rendered configuration at $configuration" >&2
  exit 1
fi
[ -n "${1:-}" ] || ln -sfn "$tree" "$RUN_DIR/current"
mkdir -p "$RUN_DIR/tmp"

# shellcheck source=/dev/null
. "$tree/machine.env"
export WORKER_PROCESSES
for step in "${0%/*}"/*.envsh; do
  # shellcheck source=/dev/null
  . "$step"
done
# The engine sets how many files a container may open; nginx logs an alert if it asks for more. gateway/machine.ts does
# the same in native mode.
# shellcheck disable=SC3045 # BusyBox and dash have -H
limit=$(ulimit -Hn)
[ "$limit" != unlimited ] || limit=1073741824
at_most() { if [ "$1" -le "$2" ]; then echo "$1"; else echo "$2"; fi; }
# machine FILE PROCESSES FILES CONNECTIONS
machine() {
  printf 'worker_processes %s;\nworker_rlimit_nofile %s;\nevents {\n    worker_connections %s;\n}\n' \
    "$2" "$(at_most "$3" "$limit")" "$(at_most "$4" $((limit / 2)))" >"$RUN_DIR/$1.new"
  mv "$RUN_DIR/$1.new" "$RUN_DIR/$1"
}
machine machine.conf "$WORKER_PROCESSES" "$FILES" "$CONNECTIONS"
machine machine-verifier.conf 1 "$VERIFIER_FILES" "$VERIFIER_CONNECTIONS"

config=nginx.conf
[ -z "${VERIFIER:-}" ] || config=verifier-$VERIFIER.conf
if ! said=$(nginx -t -q -e stderr -c "$tree/$config" 2>&1); then
  echo "error: nginx refuses the configuration: $(echo "$said" | head -n 1 | sed 's#^.*\[emerg\] [0-9]*\#[0-9]*: ##')" >&2
  exit 1
fi
