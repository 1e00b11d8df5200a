#!/usr/bin/env bash
# Deployments, rollbacks, a preview, a shadow, a canary and maintenance in containers, in a copy of the project. Sourced by the
# containers suite while the project itself is stopped. Alone: ROUNDS=50 REQUESTS=10000 tests/engine/releases.sh
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  # shellcheck source=tests/engine/suite.sh
  source "$(dirname "$0")/suite.sh"
  tests/engine/start.sh
  tests/engine/stand-ins.sh
  alone=yes
fi
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/lib/asking.sh
source "$ROOT/tests/lib/asking.sh"
make_copy_of echo other # takes the EXIT trap over
trap 'remove_copy; cleanup' EXIT
printf 'RATE_LIMIT=10000r/s\nRATE_BURST=10000\n' >>"$COPY/.env" # the checks ask faster than one client may
eval "$(in_copy "$BUN" ops/cli.ts settings)"
export CHECK=no # the copy's types are those of this checkout
# shellcheck source=tests/releases/common.sh
source "$ROOT/tests/releases/common.sh"
sed -i 's/^  description: .*/&\n  pure: true,/' "$COPY/workers/echo.ts"

native=$(in_copy "$BUN" -e 'import { build } from "./ops/native/index.ts"; console.log((await build(["echo"])).echo)')
timed "make start-project" in_copy make start-project
check "the version is that of a native build" test "$(live echo)" = "$native"
# shellcheck source=tests/releases/rounds.sh
ROUNDS=${ROUNDS:-1} source "$ROOT/tests/releases/rounds.sh"
# shellcheck source=tests/releases/preview.sh
source "$ROOT/tests/releases/preview.sh"
# shellcheck source=tests/releases/shadow.sh
source "$ROOT/tests/releases/shadow.sh"
sed -i 's/length }/length + 1 }/' "$COPY/workers/echo.ts"
check "a preview" in_copy make preview NAME=echo
preview=$(versions echo | jq -r '.versions[] | select(.state == "preview") | .version')
check "make shadow TO=digits of the preview" in_copy make shadow "TO=${preview:0:6}" SAMPLE=100%
check "100 requests" asked 100
check "each was compared" settled 100
check "the report says so" grep 'gives the same answer in 0 %' <(in_copy make shadow-report)
check "the preview ends" in_copy make preview-end
check "and the shadow with it" is_absent echo.shadow
sed -i 's/length + 1 }/length }/' "$COPY/workers/echo.ts"
# shellcheck source=tests/releases/clients.sh
source "$ROOT/tests/releases/clients.sh"
add_clients
printf 'AUTH_RATE=1000r/s\nAUTH_BURST=1000\n' >>"$COPY/.env"
check "400 users" in_copy make reload
# shellcheck source=tests/releases/canary.sh
source "$ROOT/tests/releases/canary.sh"
# shellcheck source=tests/releases/maintenance.sh
source "$ROOT/tests/releases/maintenance.sh"
echo "- a neighbour on a network of the project"
docker run --detach --name neighbour --network fortress_monitoring "$(docker inspect -f '{{.Image}}' "$(container echo | head -n 1)")" >/dev/null
output=$(in_copy make stop-project 2>&1) && code=0 || code=$?
check "make stop-project ends with 0" test "$code" -eq 0
check "with a line that names it" grep -qx 'warning: the network fortress_monitoring stays for the next start; connected to it: neighbour' <<<"$output"
check "only it and its network are left" \
  test "$(docker ps -aq | wc -l) $(docker network ls -q --filter label=com.docker.compose.project | wc -l)" = "1 1"
docker rm -f neighbour >/dev/null
docker network rm fortress_monitoring >/dev/null
remove_copy
trap cleanup EXIT
if [ "${alone:-}" ]; then
  engine_stops
  finish
fi
