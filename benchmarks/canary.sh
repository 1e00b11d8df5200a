#!/usr/bin/env bash
# Three canaries of a worker at RATE (50) requests a second of 400 clients, in a copy of the project, in any runtime: a good
# candidate from 0 to 100 %, whose Prometheus is stopped for a minute and whose process is killed at each step, one that fails every
# tenth request, and one that dies. Prints what the clients got, and the decisions with their times. Twenty minutes.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../tests/lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
export CHECK=no RATE=${RATE:-50}
make_copy_of echo
printf 'RATE_LIMIT=10000r/s\nRATE_BURST=10000\nAUTH_RATE=1000r/s\nAUTH_BURST=1000\n' >>"$COPY/.env"
[ -z "${RUNTIME:-}" ] || sed -i "s/^RUNTIME=.*/RUNTIME=$RUNTIME/" "$COPY/.env"
sed -i 's/^  description: .*/&\n  pure: true,/' "$COPY/workers/echo.ts"
eval "$(in_copy "$BUN" ops/cli.ts settings)"
# shellcheck source=tests/releases/common.sh
source "$ROOT/tests/releases/common.sh"
# shellcheck source=tests/releases/clients.sh
source "$ROOT/tests/releases/clients.sh"
decisions() { status | jq -r '.decisions[0].at as $began | .decisions[] | "  after \((.at - $began) / 1000 | round) s: \(.line)"'; }
# prometheus stop|start
prometheus() {
  if [ "${RUNTIME:-}" = compose ]; then docker "$1" "$(docker ps -aq --filter label=com.docker.compose.service=prometheus)"; else pm2 "${1/start/restart}" prometheus; fi >/dev/null
}
# until_outcome OUTCOME: at most 20 minutes.
until_outcome() { WAIT=1200 eventually has_outcome "$1"; }
add_clients
# begun OPTION...: a canary of a preview of the sources, and the clients.
begun() {
  in_copy make preview NAME=echo >/dev/null
  load_start
  in_copy make canary "TO=$(previewed)" "$@" >/dev/null
}
in_copy make start-project >/dev/null

echo "a good candidate, SAMPLE=100%"
change
begun SAMPLE=100%
for share in 0 5 25 50 100; do
  WAIT=1200 eventually has_share "$share"
  kill -9 "$(process echo.canary)"
  [ "$share" = 25 ] || continue
  prometheus stop
  sleep 60
  echo "  Prometheus is stopped for a minute: $(status | jq -c '{share, data, outcome}')"
  prometheus start
done
until_outcome passed
load_end
decisions
in_copy make canary-abort >/dev/null

echo "one that fails every tenth request, without a shadow"
cp "$COPY/workers/echo.ts" "$COPY/good.ts"
fail_every_tenth
begun STEPS=5,25,50,100
until_outcome failed
load_end
decisions
in_copy make canary-abort >/dev/null

echo "one that dies at 5 %"
mv "$COPY/good.ts" "$COPY/workers/echo.ts"
change
begun STEPS=5,100
some() { test "$(status | jq .counts.candidate.requests)" -gt 100; }
eventually some
dead echo.preview >/dev/null
died=$(date +%s)
until_outcome failed
echo "  back to 0 % $(($(status | jq '.decisions[-1].at / 1000 | floor') - died)) s after it died"
load_end
decisions
