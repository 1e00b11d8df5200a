#!/usr/bin/env bash
# Property-based requests made from the OpenAPI document, through the gateway, every check on: no server error, no
# status and no shape that is not documented. Five minutes on a quiet machine; EXAMPLES=n for more or fewer.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../../tests/lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
readonly EXAMPLES=${EXAMPLES:-5500} WANTED=10000

ops/python-tools.sh
make_copy
cat >>"$COPY/.env" <<'ENV'
RATE_LIMIT=100000r/s
RATE_BURST=10000
AUTH_RATE=100000r/s
AUTH_BURST=10000
ENV
# Limits of single routes are not settings; here a thousand requests a second are wanted, not refused.
sed -i -E 's#rate=[0-9]+r/s#rate=100000r/s#' "$COPY"/gateway/templates/{conf.d,upstreams}/*.template
sed -i -E 's#burst=[0-9]+ #burst=10000 #' "$COPY"/gateway/templates/{routes,snippets}/*.template
eval "$(in_copy "$BUN" ops/settings.ts)"
: "${HTTPS_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}"
check "the project starts" in_copy make start-project

report=$(mktemp)
.tools/python/bin/st run "https://localhost:$HTTPS_PORT/openapi.json" --url "https://localhost:$HTTPS_PORT" \
  --tls-verify "${CA_FILE:?}" --auth "$GATEWAY_USER:$GATEWAY_PASSWORD" --checks all --mode all \
  --max-examples "$EXAMPLES" --continue-on-failure --workers 2 --no-color --suppress-health-check all \
  --request-timeout 10 >"$report" 2>&1 && code=0 || code=$?
tail -n 30 "$report"
cases=$(sed -n 's/.* \([0-9][0-9,]*\) generated.*/\1/p' "$report" | tr -d ,)
if [ "$code" -eq 0 ]; then pass "no server error, nothing undocumented"; else
  fail "no server error, nothing undocumented" "$(grep -vE '^(\.|$)' "$report" | head -n 200)"
fi
if [ "${cases:-0}" -ge "$WANTED" ]; then pass "$cases cases"; else fail "$WANTED cases; only ${cases:-none}" "EXAMPLES=$EXAMPLES"; fi
rm -f "$report"
finish
