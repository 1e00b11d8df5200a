#!/bin/sh
set -eu
if [ ! -w "$RUN_DIR" ]; then
  echo "error: $RUN_DIR is not writable; mount a tmpfs there for user $(id -u)" >&2
  exit 1
fi
# nginx does not replace a socket left by a crash. VERIFIER is set in verifiers only.
if [ -n "${VERIFIER:-}" ]; then
  rm -f "$AUTH_DIR/verifier-$VERIFIER.sock"
else
  rm -f "$AUTH_DIR/auth.sock" "$AUTH_DIR/unknown-version.sock"
fi
