#!/usr/bin/env bash
# Lints the OpenAPI documents of the running gateway, one per worker.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
eval "$(.tools/bun/node_modules/.bin/bun ops/cli.ts settings)"
ask=(curl -fsS --max-time 10 --cacert "${CA_FILE:?}" --connect-to "::${GATEWAY_ADDRESS:?}:")
url="https://${GATEWAY_NAME:?}:${HTTPS_PORT:?}"
for name in $("${ask[@]}" "$url/docs/workers.json" | jq -r .workers); do
  "${ask[@]}" -o "$folder/$name.json" "$url/openapi/$name.json"
done
# No update check and no telemetry.
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
node_modules/.bin/redocly lint --config redocly.yaml "$folder"/*.json
