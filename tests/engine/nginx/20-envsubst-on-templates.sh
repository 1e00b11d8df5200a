#!/bin/sh
# Like the script of the official nginx image: envsubst renders each NAME.template into the output folder, with only the
# variables that match NGINX_ENVSUBST_FILTER.
set -e
from=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
to=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
[ -d "$from" ] || exit 0
if [ ! -w "$to" ]; then
  echo "ERROR: $from exists, but $to is not writable" >&2
  exit 0
fi
# shellcheck disable=SC2016,SC2046 # the names are for envsubst; one word each
names=$(printf '${%s} ' $(env | cut -d= -f1 | grep -E "${NGINX_ENVSUBST_FILTER:-}"))
find "$from" -follow -type f -name "*$suffix" | while read -r template; do
  target="$to/${template#"$from"/}"
  mkdir -p "$(dirname "$target")"
  envsubst "$names" <"$template" >"${target%"$suffix"}"
done
