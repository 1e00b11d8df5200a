#!/usr/bin/env bash
# Lints the OpenAPI documents that this checkout would serve, the merged one and one a worker.
set -euo pipefail
cd "$(dirname "$0")/.."
site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
.tools/bun/node_modules/.bin/bun gateway/site.ts "$site/www" >/dev/null
# It would ask the network for a newer version of itself, and say that it was used.
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
find "$site/www" -path '*/openapi*.json' ! -name index.json -exec node_modules/.bin/redocly lint --config redocly.yaml {} +
