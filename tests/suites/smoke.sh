#!/usr/bin/env bash
# The smoke test (tests/run_tests.sh) on the running project.
source "$(dirname "$0")/../lib/suite.sh"

require_running
exec tests/run_tests.sh
