#!/usr/bin/env bash
# A shadow over 5,000 held-back sentences, in a copy of the project: api-v1 against api-v2 as shipped, and against api-v2 with a
# model that was trained on half of the tweets. The labels that moved must be those that the two models give the sentences when
# they are asked directly. DATA=path/to/tweet_emotions.csv. About four minutes.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../../tests/lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
readonly NUMBER=${NUMBER:-5000}
data=$(realpath "${DATA:-../shared/data/tweet_emotions.csv}")
GOEMOTIONS=$(dirname "$data")/goemotions
export GOEMOTIONS CHECK=no

make_copy
printf 'RATE_LIMIT=999999r/s\nRATE_BURST=99999\n' >>"$COPY/.env"
read_report() { in_copy "$BUN" ops/cli.ts shadow-report --json; }
# compared: asks; the report once all sentences are compared.
compared() {
  local _ now
  in_copy "$BUN" benchmarks/emotion/held-back.ts ask "$NUMBER"
  for _ in {1..240}; do
    now=$(read_report)
    if jq -e ".waiting == 0 and .counts.received == $NUMBER" <<<"$now" >/dev/null; then break; fi
    sleep 0.5
  done
  jq -c .counts <<<"$now"
  in_copy make shadow-report
}
labels() { (cd "$1" && "$BUN" benchmarks/emotion/held-back.ts labels "$NUMBER"); }

check "make start-project" in_copy make start-project
check "a shadow of api-v1 with api-v2" in_copy make shadow FROM=api-v1 TO=api-v2 SAMPLE=100%
compared
check "every label is the same" test "$(read_report | jq '[.counts.matrix[] | select(.stable != .candidate) | .values] | add // 0')" = 0

echo "- with another model"
half=$(mktemp)
head -n 20001 "$data" >"$half"
check "it is trained on half of the tweets" in_copy make train DATA="$half"
rm -f "$half"
check "a preview of api-v2 has it" in_copy make preview NAME=api-v2
candidate=$(in_copy "$BUN" ops/cli.ts versions --json api-v2 | jq -r '.versions[] | select(.state == "preview") | .version')
check "a shadow of api-v1 with that preview" in_copy make shadow FROM=api-v1 TO="$candidate" SAMPLE=100%
compared
found=$(read_report | jq -r '.counts.matrix[] | "\(.stable) \(.candidate) \(.values)"' | sort)
wanted=$(paste -d ' ' <(labels "$ROOT") <(labels "$COPY") | sort | uniq -c | awk '{ print $2, $3, $1 }' | sort)
check "the labels that moved are those of the models themselves" diff <(echo "$wanted") <(echo "$found")
awk '$1 != $2 { n += $3 } { all += $3 } END { printf "  %d of %d labels moved\n", n, all }' <<<"$found"
finish
