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
# all BEGIN [HEADER]: NUMBER (20) answers, each over a connection of its own, begin with that.
all() {
  local _ one
  for _ in $(seq "${NUMBER:-20}"); do
    one=$(answer "${2:-}")
    [[ $one == "$1 "* ]] || { echo "$one, not $1" && return 1; }
  done
}
# answers HASH [HEADER]: twelve answers are 200s of that version.
answers() { NUMBER=12 all "200 $1" "${2:-}"; }

pid() { in_copy make ps | awk -v name="$1" '$1 == name { print $2 }'; }
container() { docker ps -q --filter "label=com.docker.compose.service=$1"; }
is_running() {
  if [ "${RUNTIME:-}" = compose ]; then [ -n "$(container "$1")" ]; else [ -n "$(pid "$1")" ]; fi
}
is_absent() { ! is_running "$1"; }
# eventually COMMAND...: succeeds within a minute, or WAIT seconds.
eventually() {
  local _
  for _ in $(seq $((2 * ${WAIT:-60}))); do
    ! "$@" || return 0
    sleep 0.5
  done
  return 1
}
# refuses NAME PATTERN COMMAND...: it ends with one error line that matches.
refuses() {
  local name=$1 pattern=$2 output code=0
  shift 2
  output=$(in_copy "$@" 2>&1) || code=$?
  output=$(grep -v '^make' <<<"$output")
  if [ "$code" -ne 0 ] && [[ $output =~ ^error:\ $pattern ]] && [ "$(grep -c . <<<"$output")" -eq 1 ]; then
    pass "$name: $output"
  else
    fail "$name" "$* -> exit code $code: $output"
  fi
}
