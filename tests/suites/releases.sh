#!/usr/bin/env bash
# Versions, natively: deployments and rollbacks under load, a preview, a full disk, two commands at once, a command that is
# killed at each step, a damaged history. ROUNDS=50 REQUESTS=10000: more of them.
# shellcheck source=tests/releases/native.sh
source "$(dirname "$0")/../releases/native.sh" echo other

echo "- deployments and rollbacks"
check "make start-project" in_copy make start-project
first=$(live echo)
refuses "the first version has none before" "no version of echo was deployed before $first; kept are $first " make rollback NAME=echo
change
ask_start
check "make deploy NAME=echo" in_copy make deploy NAME=echo
second=$(live echo)
check "the new version runs" test "$first" != "$second" -a "$(running echo)" = "$second 3"
change
check "a third" in_copy make deploy
third=$(live echo)
mv "$COPY/workers/echo.ts" "$COPY/workers/echo.ts.away" # a build would fail
echo 'export const broken = ;' >"$COPY/workers/echo.ts"
check "make rollback NAME=echo" in_copy make rollback NAME=echo
check "it runs the second" is_at "$second"
check "make rollback NAME=echo TO=${first:0:4}" in_copy make rollback NAME=echo "TO=${first:0:4}"
check "it runs the first" is_at "$first"
ask_end
mv "$COPY/workers/echo.ts.away" "$COPY/workers/echo.ts"
refuses "a running version" "echo runs $first already; kept are " make rollback NAME=echo "TO=$first"
refuses "an unknown version" "echo has no version 0000; kept are " make rollback NAME=echo TO=0000
refuses "a version under another name" 'write TO=… instead of VERSION=…$' make rollback NAME=echo "VERSION=$first"
refuses "an unknown worker" 'there is no worker "ecko"; did you mean echo\?' make rollback NAME=ecko
refuses "no worker" 'NAME=worker is missing; workers are ' make rollback
check "a start keeps the version that was rolled back to" in_copy make start-project
check "it runs the first" is_at "$first"
check "make deploy" in_copy make deploy
check "it runs the third" is_at "$third"

echo "- two at once"
change
check "a fourth" in_copy make deploy
latest=$(live echo)
in_copy make rollback NAME=echo >"$COPY/.state/one.log" 2>&1 &
one=$!
in_copy make rollback NAME=echo >"$COPY/.state/two.log" 2>&1 &
two=$!
code=0
wait "$one" || code=$?
wait "$two" || code=$?
if [ "$code" -eq 0 ]; then pass "two rollbacks at once"; else fail "two rollbacks at once" "$(cat "$COPY"/.state/{one,two}.log)"; fi
check "one waited for the other" grep -q '^waiting for another make (pid ' "$COPY/.state/one.log" "$COPY/.state/two.log"
check "the second went further back" is_at "$first"

# killed_at PATTERN COMMAND...: runs the command until a line of its output matches, then kills it.
killed_at() {
  local pattern=$1 pid line
  shift
  coproc COMMAND { in_copy exec "$BUN" ops/cli.ts "$@" 2>&1; }
  pid=$COMMAND_PID
  while read -r -t 60 line <&"${COMMAND[0]}"; do
    [[ $line =~ $pattern ]] || continue
    kill -9 "$(cat "$COPY/.state/project.lock.pid")" && break
  done
  wait "$pid" 2>/dev/null || true
}
echo "- killed commands"
for step in 'one extra replica' 'replica 1 of 3' 'replica 2 of 3' 'replica 3 of 3' 'extra replica is removed'; do
  killed_at "$step" deploy echo
  output=$(in_copy make rollback NAME=echo 2>&1) || true
  check "a deployment killed after \"$step\", then a rollback: the version before runs" is_at "$first"
  check "  and it says so" grep -q "^the deployment of $latest to echo at .* by .* was interrupted: echo gets $first now$" <<<"$output"
  in_copy make deploy NAME=echo >/dev/null
  check "  then a deployment" is_at "$latest"
  killed_at "$step" rollback echo "$first"
  check "a rollback killed after \"$step\", then a deployment: the sources run" in_copy make deploy NAME=echo
  check "  in every replica" is_at "$latest"
  in_copy make rollback NAME=echo "TO=$first" >/dev/null
done

echo "- under load"
# shellcheck source=tests/releases/rounds.sh
source "$ROOT/tests/releases/rounds.sh"
check "make deploy" in_copy make deploy

echo "- a preview"
# shellcheck source=tests/releases/preview.sh
source "$ROOT/tests/releases/preview.sh"

echo "- a full disk"
latest=$(live echo)
if [ "$(id -u)" = 0 ]; then
  # Only the folder of the kept versions is full: 1 MB, with what is live.
  cp -a "$COPY/.state/versions" "$COPY/.state/kept"
  mount -t tmpfs -o size=1m tmpfs "$COPY/.state/versions"
  head -c 2M /dev/zero >"$COPY/.state/versions/filler" 2>/dev/null || true
  change
  refuses "a deployment" '.*(ENOSPC|no space left).*' make deploy NAME=echo
  check "what is live keeps running" answers "$latest"
  umount "$COPY/.state/versions"
  check "with space it is deployed" in_copy make deploy NAME=echo
  check "it is live" test "$(live echo)" != "$latest"
else
  skip "a full disk: needs root"
fi

echo "- a damaged history"
latest=$(live echo)
echo "not a database, but long enough to be taken for one: $(seq 200)" >"$COPY/.state/versions.sqlite"
output=$(in_copy make deploy 2>&1) || fail "make deploy" "$output"
check "it is moved aside with a warning" grep -q '^warning: .state/versions.sqlite is damaged (.*); moved to ' <<<"$output"
check "what runs is recorded again" is_at "$latest"
change
echo "damaged again: $(seq 200)" >"$COPY/.state/versions.sqlite"
check "a deployment with another damaged one" in_copy make deploy
check "make rollback NAME=echo" in_copy make rollback NAME=echo
check "it returns to what ran before" is_at "$latest"

echo "- a held version that does not start"
in_copy make stop-project >/dev/null
kept=("$COPY/.state/versions/echo/$latest"/*.js)
echo damaged >"${kept[0]}"
check "make deploy while stopped ends the hold" in_copy make deploy NAME=echo
check "make start-project" in_copy make start-project
check "it runs the sources" test "$(live echo)" != "$latest"
finish
