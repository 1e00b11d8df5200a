# shellcheck shell=bash
# Deployments, rollbacks and previews of the worker echo, three replicas, in a copy of the project, in any runtime. Needs
# suite.sh, copy.sh and the copy's settings.
: "${HTTPS_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}"

cli() { in_copy "$BUN" ops/cli.ts "$@"; }
versions() { cli versions --json "$@"; }
# running WORKER: the versions of its replicas, "HASH COUNT" each.
running() { versions "$1" | jq -r '.versions[] | select(.replicas > 0 and .state != "preview") | "\(.version) \(.replicas)"'; }
live() { versions "$1" | jq -r '.versions[] | select(.state == "live") | .version'; }
change() { sed -i 's/^  description: "[^"]*/&+/' "$COPY/workers/echo.ts"; }
# is_at HASH: it is live, and all three replicas run it.
is_at() { [ "$(live echo)" = "$1" ] && [ "$(running echo)" = "$1 3" ]; }

# answer [HEADER]: status, X-Version and X-Served-By of one answer.
answer() {
  curl -sS -o /dev/null --max-time 10 --cacert "${CA_FILE:?}" -u "$GATEWAY_USER:$GATEWAY_PASSWORD" ${1:+-H "$1"} \
    -H 'Content-Type: application/json' -d "$HELLO" -w '%{http_code} %header{x-version} %header{x-served-by}\n' \
    "https://localhost:$HTTPS_PORT/echo"
}
# answers HASH [HEADER]: twelve answers are 200s of that version.
answers() {
  local _ one
  for _ in {1..12}; do
    one=$(answer "${2:-}")
    [[ $one == "200 $1 "* ]] || { echo "$one, not 200 $1" && return 1; }
  done
}

# load_on: 50 requests/s, for ten minutes at most, until load_off, which adds to ASKED and LOST.
ASKED=0 LOST=0
load_on() {
  report=$(mktemp)
  (cd "$COPY" && exec "$BUN" tests/load/steady.ts 50 0 600) >"$report" 2>"$report.failures" &
  loader=$! loaded=$SECONDS
}
load_off() {
  kill -TERM "$loader" 2>/dev/null || true
  wait "$loader" || true
  ASKED=$((ASKED + $(jq .during.requests "$report"))) LOST=$((LOST + $(jq .during.failed "$report")))
  head -n 5 "$report.failures"
  rm -f "$report" "$report.failures"
}
