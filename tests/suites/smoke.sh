#!/usr/bin/env bash
# The running project, asked as a user would.
source "$(dirname "$0")/../lib/suite.sh"

require_running
exec tests/run_tests.sh
