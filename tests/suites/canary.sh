#!/usr/bin/env bash
# Canaries and releases, natively: by evidence to all clients or back, without a lost request; faults of what they rely on.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

export CHECK=no # the copy's types are those of this checkout
make_copy_of echo
printf 'RATE_LIMIT=10000r/s\nRATE_BURST=10000\nAUTH_RATE=1000r/s\nAUTH_BURST=1000\n' >>"$COPY/.env"
eval "$(in_copy "$BUN" ops/cli.ts settings)"
# shellcheck source=tests/releases/common.sh
source "$ROOT/tests/releases/common.sh"
# shellcheck source=tests/releases/clients.sh
source "$ROOT/tests/releases/clients.sh"
add_clients

echo "- what is refused"
refuses "while nothing runs" 'not running' make canary FROM=echo TO=echo
in_copy make new-worker NAME=other ROUTE=/echo 'HEADER=X-Group: beta' >/dev/null
check "make start-project" in_copy make start-project
refuses "no candidate" 'TO must be a worker or 6 to 12' make canary FROM=echo
refuses "no worker" 'FROM must be the worker' make canary TO=other
refuses "a worker without clients" 'no route in gateway/routes has other as its default worker' make canary FROM=other TO=echo
for steps in 101 5,5 50,5 ten 0 ","; do refuses "STEPS=$steps" 'STEPS must be' make canary FROM=echo TO=other "STEPS=$steps"; done
refuses "STEP_TIME=5" 'STEP_TIME must be' make canary FROM=echo TO=other STEP_TIME=5
refuses "ON_TIMEOUT=promote" 'ON_TIMEOUT must be hold or rollback' make canary FROM=echo TO=other ON_TIMEOUT=promote
refuses "AGREE=2000%" 'AGREE must be' make canary FROM=echo TO=other AGREE=2000%
check "a status without a canary" grep -q 'there is no canary' <(in_copy make canary-status)
refuses "an end without a canary" 'there is no canary' make canary-abort
refuses "a release without a worker" 'NAME=worker is missing' make release
check "nothing to release" grep -q 'nothing to release: the sources of echo are what is live' <(in_copy make release NAME=echo)
refuses "an experiment without workers" 'A and B must be two workers' make experiment A=echo

echo "- without a shadow, as echo is not declared pure"
check "make canary" grep -q 'without a shadow, from 50 % on: echo is not declared pure' <(in_copy make canary FROM=echo TO=other STEPS=0,50 STEP_TIME=10s)
check "it begins at 50 %" eventually has_share 50
overdue() { status | jq -e .overdue >/dev/null; }
check "without requests it holds" eventually overdue
check "and says so" grep -q 'it holds: the step is past its time' <(in_copy make canary-status)
check "clients with a header are not shared" grep -q '^200 other/' <(for _ in {1..5}; do answer 'X-Group: beta'; done | awk '{ print $1, $3 }')
check "nor those with X-Version" answers "$(live echo)" "X-Version: $(live echo)"
pm2 stop prometheus >/dev/null
blind() { status | jq -e '.data | not' >/dev/null; }
check "without Prometheus nothing is decided" eventually blind
check "it stays at 50 %" has_share 50
pm2 start prometheus >/dev/null 2>&1 || pm2 restart prometheus >/dev/null
sees() { status | jq -e .data >/dev/null; }
check "Prometheus is back" eventually sees
load_start
sleep 15
said=$(in_copy make experiment A=echo B=other)
check "make experiment compares them" grep -qE 'errors +0 +[0-9,]+ +0 +[0-9,]+ ' <<<"$said"
check "the split is as intended" grep -q 'split: .*, as intended (intended 50 %' <<<"$said"
check "another one is not" grep -q 'warning: split: .*, not as intended (intended 10 %' <(in_copy make experiment A=echo B=other SPLIT=10%)
load_end
check "make restart-project goes on with it" in_copy make restart-project
check "at 50 %" eventually has_share 50
check "make canary-abort" grep -q 'the canary of echo is ended at' <(in_copy make canary-abort)
check "its process is gone" is_absent echo.canary
LOAD=''
load_start
sleep 2
load_end
check "echo answers all" test "$(jq '.versions | length' <<<"$LOAD")" -eq 1

sed -i 's/^  description: .*/&\n  pure: true,/' "$COPY/workers/echo.ts"
check "make deploy" in_copy make deploy NAME=echo
# shellcheck source=tests/releases/canary.sh
source "$ROOT/tests/releases/canary.sh"
echo "- faults of the folder, and a start with the sources of the candidate"
stable=$(live echo)
change
check "make preview" in_copy make preview NAME=echo
check "make canary" in_copy make canary "TO=$(previewed)" STEPS=50,100
check "it begins" eventually has_share 50
folder=$(in_copy "$BUN" -e 'console.log((await import("./ops/native/paths.ts")).DATA_DIR)')/canary
as_worker() { if [ "$(id -u)" = 0 ]; then setpriv --reuid "$(stat -c %u "$folder")" --regid "$(stat -c %g "$folder")" --clear-groups "$@"; else "$@"; fi; }
as_worker mkdir -p "$folder/100/below" "$folder/7"
check "make restart-project" in_copy make restart-project
check "what is live stays, although the sources are the candidate" is_at "$stable"
check "the canary goes on" eventually has_share 50
as_worker mkdir -p "$folder/100/below"
check "make canary-abort, with a folder in the place of a share" in_copy make canary-abort
check "nothing of it is left" test -z "$(find "$(dirname "$folder")" -maxdepth 1 -name 'canary*')"
check "make preview-end" in_copy make preview-end
finish
