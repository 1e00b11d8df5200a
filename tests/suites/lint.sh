#!/usr/bin/env bash
# Formats, types, shell scripts, and every configuration with the tool that reads it.
source "$(dirname "$0")/../lib/suite.sh"

# A file that was removed and is not committed yet is left out.
shell_files() { git ls-files --cached --others --exclude-standard '*.sh' '*.envsh' .ci/run | xargs -I{} find {} -maxdepth 0 2>/dev/null; }

# The two longest run in the background.
later "promtool: each alert fires and stays silent" promtool test rules monitoring/prometheus/tests/*.test.yml
# shellcheck disable=SC2046
later "shellcheck" shellcheck -x -P SCRIPTDIR $(shell_files)
check "Biome: format and lint" node_modules/.bin/biome check .
check "TypeScript: strict types" node_modules/.bin/tsc --noEmit -p .
check "TypeScript: load tests, as k6 runs them" node_modules/.bin/tsc --noEmit -p loadtests
check "promtool: native configuration" promtool check config --syntax-only monitoring/prometheus/native.yml.template
check "promtool: container configuration" promtool check config --syntax-only monitoring/prometheus/compose.yml
check "promtool: rules" promtool check rules monitoring/prometheus/rules/*.yml
for receiver in nobody webhook; do
  check "amtool: receiver $receiver" amtool check-config <(
    sed "s/\${ALERT_RECEIVER}/$receiver/; s#\${ALERT_WEBHOOK_URL}#http://localhost/#" monitoring/alertmanager/alertmanager.yml.template
  )
done
check "promtool: Alertmanager's login" promtool check web-config <(
  sed "s/\${GATEWAY_USER}/admin/; s/\${[A-Z_]*_HASH}/\$2b\$10\$$(printf '%053d' 0)/" monitoring/alertmanager/web.yml.template
)
check "the dashboards and console pages are up to date" "$BUN" monitoring/dashboards/generate.ts --check
check "mtail: the access log is counted as expected" monitoring/access-log/check.sh
check "nginx: native configuration" tests/check-nginx.sh native
check "nginx >= 1.27.3: container configuration" tests/check-nginx.sh containers
tests/python-tools.sh
check "gixy: gateway and verifier" tests/check-nginx.sh gixy
check "routes and workers agree" "$BUN" gateway/check-routes.ts
check ".env.example is up to date" "$BUN" ops/settings/env-example.ts --check
all_done
finish
