#!/usr/bin/env bash
# The OpenAPI documents: clean to a linter, and true of the running project. What an example promises besides leaves
# with it: tests/NAME/*.contract.ts.
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/bun-tests.sh
source "$ROOT/tests/lib/bun-tests.sh"

require_running
check "the OpenAPI documents are valid and have all that a reader needs (Redocly, recommended-strict)" tests/lint-openapi.sh
bun_tests --timeout 120000 ./tests/*/*.contract.ts
finish
