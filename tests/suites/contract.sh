#!/usr/bin/env bash
# The OpenAPI documents: linted, and compared with the answers of the running project. tests/NAME/*.contract.ts are the
# contracts of an example.
source "$(dirname "$0")/../lib/suite.sh"

require_running
eval "$("$BUN" ops/cli.ts settings)"
# lint_documents: every OpenAPI document of the gateway, without Redocly's update check and telemetry.
lint_documents() {
  local folder url="https://${GATEWAY_NAME:?}:${HTTPS_PORT:?}"
  local ask=(curl -fsS --max-time 10 --cacert "${CA_FILE:?}" --connect-to "::${GATEWAY_ADDRESS:?}:")
  folder=$(mktemp -d)
  for name in $("${ask[@]}" "$url/docs/workers.json" | jq -r .workers); do
    "${ask[@]}" -o "$folder/$name.json" "$url/openapi/$name.json" || return 1
  done
  REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
    node_modules/.bin/redocly lint --config redocly.yaml "$folder"/*.json || return 1
  rm -rf "$folder"
}
check "Redocly (recommended-strict): the OpenAPI documents" lint_documents
bun_tests --timeout 120000 ./tests/*/*.contract.ts
finish
