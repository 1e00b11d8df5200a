#!/usr/bin/env bash
# The OpenAPI documents: linted, and compared with the answers of the running project. tests/NAME/*.contract.ts are the
# contracts of an example.
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/bun-tests.sh
source "$ROOT/tests/lib/bun-tests.sh"

require_running
check "Redocly (recommended-strict): the OpenAPI documents" tests/lint-openapi.sh
bun_tests --timeout 120000 ./tests/*/*.contract.ts
finish
