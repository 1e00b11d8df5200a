#!/usr/bin/env bash
# Every picture and every alert on the running project, after a minute of all kinds of requests.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"

require_running
eval "$("$BUN" ops/settings.ts)"
prometheus="http://127.0.0.1:${PROMETHEUS_PORT:?}"

check "no query of a panel, rule or alert is empty" make dashboards-check LOAD_SECONDS=30
pages="gateway workers"
if [ "$(cat .state/runtime)" = compose ]; then
  skip "the console pages: Prometheus 3 in containers has none, Grafana shows the same figures there"
  pages=""
fi
for page in $pages; do
  text=$(curl -sS --max-time 10 "$prometheus/consoles/$page.html" || true)
  figures=$(grep -c 'picture("figure-' <<<"$text" || true)
  if [ "$figures" -eq 12 ] && ! grep -q '<p>–' <<<"$text" && grep -q '</html>' <<<"$text"; then
    pass "the page of the $page is drawn: $figures graphs, every number has a value"
  else
    fail "the page of the $page is drawn" "curl $prometheus/consoles/$page.html -> ${text:0:300}"
  fi
done
finish
