#!/usr/bin/env bash
# The front page and the API documentation in Chromium, as a visitor uses them. Pictures: test-output/*.png
# CPU_SLOWDOWN=6 bash tests/suites/browser.sh: the same with pages at a sixth of the speed, as on a slow machine.
# It needs a core for itself: beside other work, Chromium's throttle can hold a page for minutes.
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/bun-tests.sh
source "$ROOT/tests/lib/bun-tests.sh"

if ! ops/bootstrap.sh chromium; then
  skip "Chromium is not here and could not be installed: apt-get install chromium"
  finish
  exit
fi
require_running
shopt -s nullglob # the example's tests go with the example
bun_tests --timeout $((120000 * ${CPU_SLOWDOWN:-1})) ./tests/*/*.browser.ts
finish
