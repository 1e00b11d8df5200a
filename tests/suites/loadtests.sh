#!/usr/bin/env bash
# The load tests, green against the project as it is, and red when what they watch over is broken.
source "$(dirname "$0")/../lib/suite.sh"

OUT=test-output/loadtests
require_running
gateway=$("$BUN" -e 'console.log((await import("./ops/native/paths.ts")).GATEWAY_DIR)')

ok() { jq -e '.ok == true' "$OUT/$1.json"; }
broken() { jq -e --arg rule "$2" 'any(.rules[]; (.ok | not) and (.threshold | startswith($rule)))' "$OUT/$1.json"; }

rm -rf "$OUT"
make loadtest || true
for name in burst distribution ab-split; do check "make loadtest: $name" ok "$name"; done
check "a replica was killed in the middle" jq -e 'any(.rules[]; .threshold == "killed: count==1" and .ok)' "$OUT/distribution.json"
check "one HTML report, and one with curves for each" ls "$OUT"/{report,burst,distribution,ab-split}.html

if [ ! -s "$gateway/nginx.conf" ]; then
  skip "load tests turn red when the feature is broken: breaks the rendered configuration, native mode only"
  finish
fi

# No limit, one replica, no split, until the next reload. The three runs do not touch each other without a limit.
trap 'make reload >/dev/null' EXIT
sed -i '/^ *limit_req /d' "$gateway/workers/predict.conf"
awk '/^upstream / { n = 0 } (!/^ *server / || n++ == 0) && !/~\^debug/' "$gateway/generated.conf" >"$gateway/generated.new"
mv "$gateway/generated.new" "$gateway/generated.conf"
nginx -p "$gateway" -c "$gateway/nginx.conf" -e stderr -s reload 2>/dev/null
sleep 1
pids=()
for name in burst distribution ab-split; do
  SUMMARY_FILE="$OUT/$name.json" loadtests/k6/k6.sh run --quiet "loadtests/$name.ts" >/dev/null 2>&1 &
  pids+=($!)
done
codes=''
for pid in "${pids[@]}"; do
  code=0
  wait "$pid" || code=$?
  codes+="$code "
done
check "k6 run of each ends with 99, thresholds crossed (not another failure)" test "$codes" = "99 99 99 "
check "without the limit burst is red: too many accepted" broken burst "accepted: count<="
check "without the limit burst is red: none refused" broken burst "refused: count>0"
check "with one replica distribution is red" broken distribution "share{phase:fair"
check "with the header ignored ab-split is red" broken ab-split "debug_on_v2"
finish
