#!/bin/sh
# The image's own entrypoint fills templates with what it finds and goes on when something is missing.
# Here a variable that a template needs and nobody set, or a RUN_DIR that cannot be written, stops the start.
set -eu
templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
if [ ! -w "$NGINX_ENVSUBST_OUTPUT_DIR" ]; then
  echo "error: $NGINX_ENVSUBST_OUTPUT_DIR is not writable; mount a tmpfs there for user $(id -u)" >&2
  exit 1
fi
missing=''
# shellcheck disable=SC2016 # the templates' variables, not this script's
for name in $(grep -rhoE '\$\{[A-Z][A-Z0-9_]*\}' "$templates" | tr -d '${}' | sort -u); do
  env | grep -q "^$name=" || missing="$missing $name"
done
if [ -n "$missing" ]; then
  echo "error: the gateway needs the variables:$missing" >&2
  exit 1
fi
mkdir -p "$RUN_DIR/tmp"
# nginx does not replace a socket that a crash left behind.
if [ "${GATEWAY_PART:-}" = verifier ]; then rm -f "$AUTH_DIR/verifier-$VERIFIER.sock"; else rm -f "$AUTH_DIR/auth.sock"; fi
