#!/usr/bin/env bash
# The unit tests beside the code, counted test by test.
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/bun-tests.sh
source "$ROOT/tests/lib/bun-tests.sh"

# Two files at a time share the CPUs with what else runs: five seconds, the default, are few for a property-based test.
bun_tests --parallel="$(nproc)" --timeout 20000 "$@"
finish
