#!/usr/bin/env bash
# The unit tests beside the code, counted test by test.
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/bun-tests.sh
source "$ROOT/tests/lib/bun-tests.sh"

bun_tests --parallel="$(nproc)" "$@"
finish
