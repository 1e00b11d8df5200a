#!/usr/bin/env bash
# The unit tests beside the code.
source "$(dirname "$0")/../lib/suite.sh"

# Files run in parallel: the default timeout of five seconds is too short for property-based tests.
bun_tests --parallel="$(nproc)" --timeout 20000 "$@"
finish
