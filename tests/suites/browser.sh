#!/usr/bin/env bash
# The front page and the API documentation in Chromium. Screenshots: test-output/*.png
# CPU_SLOWDOWN=6 bash tests/suites/browser.sh: the same at a sixth of the speed. Needs an idle core: under load,
# Chromium's throttling can block a page for minutes.
source "$(dirname "$0")/../lib/suite.sh"

if ! ops/bootstrap.sh chromium; then
  skip "Chromium is missing and cannot be installed; run: apt-get install chromium"
  finish
  exit
fi
require_running
shopt -s nullglob # an example may be removed
bun_tests --timeout $((120000 * ${CPU_SLOWDOWN:-1})) ./tests/*/*.browser.ts
finish
