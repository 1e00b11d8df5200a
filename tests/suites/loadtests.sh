#!/usr/bin/env bash
# The load tests pass on the project, and fail when the tested feature is broken.
source "$(dirname "$0")/../lib/suite.sh"

OUT=test-output/loadtests
require_running
names=(burst distribution)
[ ! -e loadtests/ab-split.ts ] || names+=(ab-split) # part of an example
eval "$("$BUN" tests/lib/target.ts)"
: "${TARGET_PATH:?}"
gateway=$("$BUN" -e 'console.log((await import("./ops/native/paths.ts")).GATEWAY_DIR)')

ok() { jq -e '.ok == true' "$OUT/$1.json"; }
broken() { jq -e --arg rule "$2" 'any(.rules[]; (.ok | not) and (.threshold | startswith($rule)))' "$OUT/$1.json"; }

in_out() { (cd "$OUT" && "$@"); }

rm -rf "$OUT"
make loadtest || true
for name in "${names[@]}"; do check "make loadtest: $name" ok "$name"; done
check "a replica was killed during the test" jq -e 'any(.rules[]; .threshold == "killed: count==1" and .ok)' "$OUT/distribution.json"
check "an HTML report, and one with graphs for each" in_out ls report.html "${names[@]/%/.html}"

if [ ! -s "$gateway/nginx.conf" ]; then
  skip "load tests fail when the feature is broken: native mode only"
  finish
fi

# No limit, one replica, no split, until the next reload. Without a limit the three runs are independent.
trap 'make reload >/dev/null' EXIT
sed -i '/^ *limit_req /d' "$gateway/workers/${TARGET_PATH#/}.conf"
awk '/^upstream / { n = 0 } (!/^ *server / || n++ == 0) && !/~\^debug/' "$gateway/generated.conf" >"$gateway/generated.new"
mv "$gateway/generated.new" "$gateway/generated.conf"
nginx -p "$gateway" -c "$gateway/nginx.conf" -e stderr -s reload 2>/dev/null
sleep 1
pids=()
for name in "${names[@]}"; do
  SUMMARY_FILE="$OUT/$name.json" loadtests/k6/k6.sh run --quiet "loadtests/$name.ts" >/dev/null 2>&1 &
  pids+=($!)
done
codes=''
for pid in "${pids[@]}"; do
  code=0
  wait "$pid" || code=$?
  codes+="$code "
done
check "each k6 run exits with 99, thresholds crossed" test "$codes" = "$(printf '99 %.0s' "${names[@]}")"
check "burst fails without the limit: too many accepted" broken burst "accepted: count<="
check "burst fails without the limit: none refused" broken burst "refused: count>0"
check "distribution fails with one replica" broken distribution "share{phase:fair"
[ ! -e loadtests/ab-split.ts ] ||
  check "ab-split fails without the header split" broken ab-split "debug_on_v2"
finish
