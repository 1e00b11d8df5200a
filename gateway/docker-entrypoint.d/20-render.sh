#!/bin/sh
# 20-render.sh [next]: fills the templates of /etc/fortress/current (or next) into a new folder, lets nginx check it, and
# only then puts it in the place of the one in force. Runs before nginx starts, and before each reload with `next`:
# what nginx refuses changes nothing. A variable that a template needs and nobody set is an error.
set -eu
source=/etc/fortress/${1:-current}
if [ -f "$source/settings.env" ]; then # otherwise the environment has them
  set -a
  # shellcheck source=/dev/null
  . "$source/settings.env"
  set +a
fi
for step in /docker-entrypoint.d/*.envsh; do # settings that depend on the machine
  # shellcheck source=/dev/null
  [ ! -f "$step" ] || . "$step"
done

templates=$(cd "$source" && find templates -name '*.template')
# shellcheck disable=SC2016 # the templates' variables, not this script's
wanted=$(cd "$source" && grep -rhoE '\$\{[A-Z][A-Z0-9_]*\}' templates | sort -u)
missing=''
for name in $(echo "$wanted" | tr -cd 'A-Z0-9_\n'); do
  env | grep -q "^$name=" || missing="$missing $name"
done
if [ -n "$missing" ]; then
  echo "error: the gateway needs the variables:$missing" >&2
  exit 1
fi

mkdir -p "$RUN_DIR/tmp"
next=$(mktemp -d "$RUN_DIR/config.XXXXXX")
trap 'rm -rf "$next"' EXIT
for template in $templates; do
  target=$next/${template#templates/}
  mkdir -p "${target%/*}"
  envsubst "$wanted" <"$source/$template" >"${target%.template}" # nginx's own ($host, $uri) stay as they are
done

config=$next/nginx.conf
[ "${GATEWAY_PART:-}" != verifier ] || config=$next/verifier.conf
# How many files a container may open is the engine's to say; nginx would log an alert for asking for more.
# ops/native/open-files.ts does the same without containers.
# shellcheck disable=SC3045 # BusyBox and dash have -H
limit=$(ulimit -Hn)
if [ "$limit" != unlimited ]; then
  awk -v limit="$limit" '
    $1 == "worker_rlimit_nofile" && $2 + 0 > limit { sub(/[0-9]+/, limit) }
    $1 == "worker_connections" && $2 + 0 > limit / 2 { sub(/[0-9]+/, int(limit / 2)) }
    { print }' "$config" >"$config.new"
  mv "$config.new" "$config"
fi

if ! said=$(nginx -t -q -e stderr -c "$config" 2>&1); then
  said=$(echo "$said" | head -n 1 | sed "s#^.*\[emerg\] [0-9]*\#[0-9]*: ##; s#$next/#gateway/templates/#g")
  echo "error: nginx refuses the configuration: $said" >&2
  exit 1
fi
ln -sfn "${next##*/}" "$RUN_DIR/current.new"
mv -fT "$RUN_DIR/current.new" "$RUN_DIR/current"
trap - EXIT
for old in "$RUN_DIR"/config.*; do [ "$old" = "$next" ] || rm -rf "$old"; done
