#!/usr/bin/env bash
# Property-based requests from the OpenAPI documents, through the gateway, with all checks: no server error, no
# undocumented status or schema. DOCUMENT_SECONDS: time per document.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# A time budget, because the duration of a case varies by a factor of 100.
readonly DOCUMENT_SECONDS=${DOCUMENT_SECONDS:-60} WANTED=100

tests/python-tools.sh
make_copy
cat >>"$COPY/.env" <<'ENV'
RATE_LIMIT=100000r/s
RATE_BURST=10000
AUTH_RATE=100000r/s
AUTH_BURST=10000
ENV
# Limits per route are no settings; raised for a thousand requests per second.
sed -i -E 's#rate=[0-9]+r/s#rate=100000r/s#' "$COPY"/gateway/templates/conf.d/*.template
sed -i -E 's#^rate: .*#rate: 100000r/s#; s#^burst: .*#burst: 10000#' "$COPY"/gateway/routes/*.yaml
sed -i -E 's#burst=[0-9]+ #burst=10000 #' "$COPY"/gateway/templates/snippets/*.template
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}"
check "the project starts" in_copy make start-project

url="https://localhost:$HTTPS_PORT" folder=$(mktemp -d)
ask() { curl -fsS --max-time 10 --cacert "${CA_FILE:?}" "$url$1"; }
# The header that selects this worker is fixed: other values select another worker.
selectors='.paths[][].parameters[]? | select(.in == "header" and .required)'
for name in $(ask /docs/workers.json | jq -r .workers); do
  document="$folder/$name.json" report="$folder/$name.txt" headers=()
  ask "/openapi/$name.json" >"$folder/served.json"
  while read -r header; do headers+=(--header "$header"); done < <(
    jq -r "[$selectors | \"\(.name): \(.example)\"] | unique[]" "$folder/served.json"
  )
  jq "del($selectors)" "$folder/served.json" >"$document"
  .tools/python/bin/st run "$document" --url "$url" "${headers[@]}" \
    --tls-verify "${CA_FILE:?}" --auth "$GATEWAY_USER:$GATEWAY_PASSWORD" --checks all --mode all \
    --max-examples 5500 --max-time "$DOCUMENT_SECONDS" --continue-on-failure --workers 2 --no-color --suppress-health-check all \
    --request-timeout 10 >"$report" 2>&1 && code=0 || code=$?
  tail -n 30 "$report"
  cases=$(sed -n 's/.* \([0-9][0-9,]*\) generated.*/\1/p' "$report" | tr -d ,)
  if [ "$code" -eq 0 ] && [ "${cases:-0}" -ge "$WANTED" ]; then
    pass "$name, $cases cases: no server error, nothing undocumented"
  else
    fail "$name, ${cases:-0} cases of at least $WANTED: no server error, nothing undocumented" \
      "$(grep -vE '^(\.|$)' "$report" | head -n 200)"
  fi
done
rm -rf "$folder"
finish
