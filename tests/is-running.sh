#!/usr/bin/env bash
# Exit code 0 when the gateway answers with this checkout's certificate.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x .tools/bun/node_modules/.bin/bun ] || exit 1
eval "$(.tools/bun/node_modules/.bin/bun ops/cli.ts settings)"
curl -fsS -o /dev/null --max-time 5 --cacert "${CA_FILE:?}" --connect-to "::${GATEWAY_ADDRESS:?}:" \
  "https://${GATEWAY_NAME:?}:${HTTPS_PORT:?}/readyz" 2>/dev/null
