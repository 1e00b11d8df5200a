#!/usr/bin/env bash
# Shadows, natively: every request of the sample is accounted for, live requests are not touched, nothing is stored.
# shellcheck source=tests/releases/native.sh
source "$(dirname "$0")/../releases/native.sh" echo

releases=$(in_copy "$BUN" -e 'console.log((await import("./ops/native/paths.ts")).GATEWAY_DIR)')/releases.conf
echo "- what is refused"
refuses "while nothing runs" 'not running' make shadow FROM=echo TO=echo
check "make start-project" in_copy make start-project
refuses "a worker that is not declared pure" 'echo is not declared pure.*write pure: true' make shadow FROM=echo TO=echo
in_copy sed -i 's/^  description: .*/&\n  pure: true,/' workers/echo.ts
check "a version of the path" in_copy make new-worker NAME=other ROUTE=/echo 'HEADER=X-Group: beta'
check "both are pure now" in_copy make start-project
refuses "no candidate" 'TO must be a worker or 6 to 12' make shadow FROM=echo
refuses "an unknown candidate" 'TO must be .*, not "abcdef": echo, other' make shadow FROM=echo TO=abcdef
refuses "an unknown worker" 'there is no worker "ecko"; did you mean echo' make shadow FROM=ecko TO=other
refuses "no worker" 'FROM must be the worker' make shadow TO=other
for sample in 101% -1% 1.234% ten; do
  refuses "SAMPLE=$sample" 'SAMPLE must be a share from 0% to 100%' make shadow FROM=echo TO=other "SAMPLE=$sample"
done
refuses "another path" 'echo has no route "/other"; it has /echo' make shadow FROM=echo TO=other ROUTE=/other
refuses "a report without a shadow" 'there is no shadow' make shadow-report
refuses "an end without a shadow" 'there is no shadow' make shadow-stop

echo "- a sample"
CANDIDATE=other
# shellcheck source=tests/releases/shadow.sh
source "$ROOT/tests/releases/shadow.sh"

echo "- faults"
shadow=$(pid echo.shadow)
received=$(counted .counts.received)
mapfile -t candidates < <(in_copy make ps | awk '$1 ~ /^other-[0-9]+$/ { print $2 }')
kill -STOP "${candidates[@]}"
check "20 requests while the candidate hangs" asked 20
check "each is accounted for" settled "$((received + 20))"
check "as without an answer in time" test "$(counted '[.counts.statuses[] | select(.candidate == "timeout") | .pairs] | add')" -eq 20
kill -CONT "${candidates[@]}"
check "the process is the same as before" test "$(pid echo.shadow)" = "$shadow"
kill -KILL "$shadow"
ask_start
check "it is started again" eventually is_running echo.shadow
ask_end
check "everything is accounted for" eventually complete
received=$(counted .counts.received)
check "the new process received nothing that the one before has taken" test "$received" -lt 500
check "100 more requests" asked 100
check "each was compared" settled $((received + 100))

echo "- deployments and previews"
ask_start
change
check "make deploy" in_copy make deploy
ask_end
check "the shadow compares the new version" test "$(found | jq -r .stable.version)" = "$(live echo)"
sed -i 's/length }/length + 1 }/' "$COPY/workers/echo.ts"
check "a preview" in_copy make preview NAME=echo
preview=$(versions echo | jq -r '.versions[] | select(.state == "preview") | .version')
check "make shadow TO=digits of the preview" in_copy make shadow "TO=${preview:0:6}" SAMPLE=100% KEEP=2
check "100 requests" asked 100
check "each was compared" settled 100
check "each differs" test "$(counted '[.counts.answers.pairs, .counts.answers.same] | join(" ")')" = '100 0'
check "the same request is kept once" test "$(found | jq '.kept | length')" -eq 1
check "the preview ends, and says that the shadow does" grep -q 'the shadow of echo has ended: the preview' <(in_copy make preview-end)
refuses "no report is left" 'there is no shadow' make shadow-report
check "and the shadow with it" is_absent echo.shadow
check "no request is marked" test "$(grep -c 'X-Shadow\|~^1 echo' "$releases" || true)" -eq 0

echo "- impure"
check "make shadow" in_copy make shadow FROM=echo TO=other SAMPLE=100%
check "a deployment after which other is not pure" in_copy bash -c "sed -i '/pure: true/d' workers/other.ts && make deploy NAME=other"
check "20 requests" asked 20
check "none is asked of it" settled 20
check "each is skipped" test "$(counted .counts.skipped.impure)" -eq 20
check "the report says so" grep -q 'nothing is asked: other is not declared pure any more' <(in_copy make shadow-report)
in_copy sed -i 's/^  description: .*/&\n  pure: true,/' workers/other.ts
check "it is pure again" in_copy make deploy NAME=other

echo "- privacy and the end"
check "make shadow" in_copy make shadow FROM=echo TO=other SAMPLE=100%
check "one request" asked 1
check "it is compared" settled 1
check "no text is in a log or a file" test -z "$(grep -rlF 'Hello, world' "$COPY/.state" 2>/dev/null | grep -v '/versions/\|/workers/' || true)"
check "its record is for the owner" test "$(stat -c %a "$COPY/.state/versions.sqlite")" = 600
port=$(in_copy "$BUN" -e 'const { known } = await import("./ops/native/reconcile.ts"); console.log(known().find(({ name }) => name === "echo.shadow").env.PORT)')
check "the report needs the key" test "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/report")" = 404
check "make shadow-stop" in_copy make shadow-stop
check "its process is gone" is_absent echo.shadow
check "make start-project starts none" in_copy make start-project
check "still" is_absent echo.shadow
finish
