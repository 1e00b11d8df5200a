#!/usr/bin/env bash
# What a shadow costs live requests. Latency: 50 requests a second with the shadow on and off in turn, over HTTP/1.1 and HTTP/2,
# with a candidate that is normal, a second slow or dead, and with a stopped shadow process. CPU: time per request of gateway and
# worker with no shadow and with samples of 0, 1, 10 and 100 %. About 25 minutes; ROUNDS and NUMBER change that.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../tests/lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
readonly RATE=50 ROUNDS=${ROUNDS:-8} NUMBER=${NUMBER:-400} CPU_ROUNDS=${CPU_ROUNDS:-5}

ops/bootstrap.sh nginx openssl wrk >&2
export CHECK=no
make_copy_of echo
printf 'RATE_LIMIT=999999r/s\nRATE_BURST=99999\n' >>"$COPY/.env"
sed -i 's/^  description: .*/&\n  pure: true,/' "$COPY/workers/echo.ts"
in_copy make new-worker NAME=other ROUTE=/echo 'HEADER=X-Group: beta' >/dev/null
eval "$(in_copy "$BUN" ops/cli.ts settings)"
cli() { in_copy "$BUN" ops/cli.ts "$@"; }
pid() { in_copy make ps | awk -v name="$1" '$1 == name { print $2 }'; }
: "${pm2_home:=}" # set below
pm2() { in_copy env PM2_HOME="$pm2_home" node_modules/.bin/pm2 "$@" >/dev/null; }
shadow() { in_copy make shadow FROM=echo "$@" >/dev/null; }
steady() { in_copy "$BUN" benchmarks/lib/steady.ts "$RATE" "$NUMBER" "$1"; }
# accounted: received, and whether it is the sum, once nothing waits.
accounted() {
  local _ now
  for _ in {1..300}; do
    now=$(cli shadow-report --json)
    [ "$(jq .waiting <<<"$now")" -ne 0 ] || break
    sleep 0.5
  done
  jq -r '.counts | "\(.received) received = \(.compared) compared + \([.dropped[]] | add) dropped + \([.skipped[]] | add) skipped: \(
    .received == .compared + ([.dropped[], .skipped[]] | add))"' <<<"$now"
}

in_copy make start-project >&2
# shellcheck disable=SC2016 # a template of JavaScript
eval "$(in_copy "$BUN" -e 'import { PM2_HOME } from "./ops/native/paths.ts"; console.log(`pm2_home=${PM2_HOME}`)')"
sed -i 's/({ body }) => (/async ({ body }) => (await Bun.sleep(1000), /' "$COPY/workers/echo.ts"
in_copy make preview NAME=echo >&2
slow=$(cli versions --json echo | jq -r '.versions[] | select(.state == "preview") | .version')

rounds=$COPY/test-output/shadow-latency
mkdir -p "$rounds"
# condition NAME PROTOCOL: rounds without and with the shadow, in turn.
condition() {
  local name=$1 protocol=$2 file="$rounds/$1 HTTP ${2}.jsonl" stopped='' round
  case $name in
    slow) shadow TO="$slow" SAMPLE=100% ;;
    *) shadow TO=other SAMPLE=100% ;;
  esac
  [ "$name" != dead ] || pm2 stop other-1
  for ((round = 1; round <= ROUNDS; round++)); do
    in_copy make shadow SAMPLE=0% >/dev/null
    steady "$protocol" >>"$file"
    in_copy make shadow SAMPLE=100% >/dev/null
    if [ "$name" = stopped ]; then stopped=$(pid echo.shadow) && kill -STOP "$stopped"; fi
    steady "$protocol" >>"$file"
    [ -z "$stopped" ] || kill -CONT "$stopped"
  done
  echo "$name, HTTP/$protocol: $(accounted); RSS of the shadow $(($(awk '/^VmHWM/ { print $2 }' "/proc/$(pid echo.shadow)/status") / 1024)) MB"
  [ "$name" != dead ] || pm2 restart other-1
}

echo "$RATE requests/s, $ROUNDS rounds of $NUMBER requests without and with the shadow"
for protocol in 1.1 2; do
  for name in normal slow dead stopped; do condition "$name" "$protocol"; done
done
echo "latency in ms"
"$BUN" benchmarks/shadow-latency.ts "$rounds"/*.jsonl

echo "CPU µs a request of gateway and echo, $CPU_ROUNDS rounds in turn"
shadow TO=other SAMPLE=0%
in_copy "$BUN" benchmarks/shadow-cpu.ts "$CPU_ROUNDS"
