#!/usr/bin/env bash
# The OpenAPI documents: clean to a linter, and true of the running project. The example's own
# promises, and the README's client as it stands there.
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/bun-tests.sh
source "$ROOT/tests/lib/bun-tests.sh"
# shellcheck source=tests/lib/http.sh
source "$ROOT/tests/lib/http.sh"

require_running
check "the OpenAPI documents are valid and have all that a reader needs (Redocly, recommended-strict)" tests/lint-openapi.sh
shopt -s nullglob
bun_tests --timeout 120000 ./tests/contract/*.contract.ts ./tests/emotion/*.contract.ts

if [ ! -e tests/emotion/client.ts ]; then # it goes with the example
  finish
  exit
fi
readme_client() { sed -n '/^import { treaty }/,/^```/p' README.md | sed '$d'; }
check "the README's client is tests/emotion/client.ts" diff <(readme_client) tests/emotion/client.ts
export NODE_EXTRA_CA_CERTS=$CA API_URL=$URL API_USER="$GATEWAY_USER:$GATEWAY_PASSWORD"
answer=$("$BUN" tests/emotion/client.ts 2>&1 || true)
if [ "$answer" = love ]; then
  pass "the README's client predicts through the gateway"
else
  fail "the README's client predicts through the gateway" "bun tests/emotion/client.ts -> ${answer:0:300}"
fi
finish
