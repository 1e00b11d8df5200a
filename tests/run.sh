#!/usr/bin/env bash
# tests/run.sh test | rest | all | SUITE...: runs suites of tests/suites and sums their totals; help: lists the suites.
# A project that was started by a suite is stopped at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
# Tier (test: make test; rest: added by make test-all; asked: only by name), name and description of each suite.
# "&" after the name: mostly waits, in a copy of the project, so it runs in parallel with the suites after it, until
# another one with "&" or one with "!" begins.
SUITES='
test   lint            formats, types, shell scripts, and every configuration with the tool that reads it
test   unit            the unit tests beside the code
test   smoke           each worker, authentication, TLS, limits and metrics of the running project
test   contract        the OpenAPI documents, and every documented answer
test   browser         front page, API documentation and console pages in Chromium
rest   bootstrap       ops/bootstrap.sh on machines that are not Debian
rest   monitoring      every query of dashboards and alerts after a mixed load; log rotation; access from other origins
rest   alert-secrets   ALERT_WEBHOOK_URL and passwords are in no answer, log or readable file
rest   failures &      failures of workers, natively: the command ends at once and says why
rest   native          native mode: refused starts, killed processes, invalid configuration, deploy, stop
rest   releases &      versions, natively: deploy, rollback, two at once, a command killed at each step
rest   shadow &        a shadow, natively: every request of the sample is accounted for, live requests are not touched
rest   canary &        canaries and releases, natively: by evidence to all clients or back, no request lost; faults
rest   maintenance &   maintenance, natively: 503 for all but allowed clients, no other answer under load
rest   certificate     own, generated and renewed certificates; a low limit of open files
rest   secrets-data &  native mode: secret and data of a worker, killed and deployed under load; a missing secret
rest   new-worker      make new-worker, make dev and make remove-worker, and the project without its examples
rest   packages &      make add, a deployment of one worker, native addons, refused addons
rest   guide           every command of docs/workers.md, in a copy of the project
rest   accounts !      native mode as root: an account per program, log rotation, full disk
rest   hostile         malformed, slow and stalled requests and ten thousand idle connections
rest   faults          every kind of failure of the servers behind the gateway
rest   newest-engine & the newest Docker with the containerd image store
rest   containers      Docker 20.10: images, hardening, changes under load, a new worker
rest   guessing        wrong passwords from one address do not slow clients of another
rest   sign-in-flood   new users sign in while 16 addresses guess passwords
rest   schemathesis    requests generated from the OpenAPI documents
rest   loadtests       the k6 scripts pass, and fail without limit, replicas or split
rest   auth &          the auth cache: contents, changed passwords, guessing, storage
rest   alerts          alerts fire and resolve on the running project
asked  addon-images    Docker 20.10: images of workers with native addons (six minutes)
asked  swarm           a stack on three nodes: updates, lost machines, backup (root; eight minutes)
'
# Suites of an example, tests/NAME/suites, run before the rest, in parallel if they work in a copy; their second line is the
# description.
for file in tests/*/suites/*.sh; do
  [ -e "$file" ] || continue
  text=$(sed -n '2{s/^# //;s/\.$//;p}' "$file") mark=''
  ! grep -q make_copy "$file" || mark=' &'
  SUITES=$'\n'"rest $(basename "$file" .sh)$mark ${text,}$SUITES"
done
# script SUITE: its file.
script() { find tests -path "*/suites/$1.sh"; }
# tier NAME: its suites in order, one a line, with their "&" or "!".
tier() { awk -v t="$1" '$1 == t { print $2 ($3 ~ /^[&!]$/ ? " " $3 : "") }' <<<"$SUITES"; }
names() { awk 'NF { print $2 }' <<<"$SUITES" | xargs; }
title() {
  case $1 in
    test) echo 'make test' ;;
    rest) echo 'make test-all adds' ;;
    asked) echo 'make test ONLY=NAME runs one suite; only this way' ;;
  esac
}
help() {
  local tier
  for tier in test rest asked; do
    printf '%s:\n' "$(title "$tier")"
    awk -v t="$tier" '$1 == t { name = $2; sub(/^[a-z]+ +[a-z-]+( [&!])? +/, ""); printf "  %-15s %s\n", name, $0 }' <<<"$SUITES"
  done
}

case ${*:-test} in
  help) help && exit ;;
  test | rest) suites=$(tier "${1:-test}") ;;
  all) suites=$(tier test && tier rest) ;;
  *) suites=$(printf '%s\n' "$@") ;;
esac
while read -r suite _; do
  [ -n "$(script "$suite")" ] || {
    printf 'error: unknown suite %s; known: %s\n' "$suite" "$(names)" >&2
    exit 1
  }
done <<<"$suites"

# is_running: the gateway answers with this checkout's certificate.
is_running() (
  [ -x .tools/bun/node_modules/.bin/bun ] || exit 1
  eval "$(.tools/bun/node_modules/.bin/bun ops/cli.ts settings)"
  curl -fsS -o /dev/null --max-time 5 --cacert "${CA_FILE:?}" --connect-to "::${GATEWAY_ADDRESS:?}:" \
    "https://${GATEWAY_NAME:?}:${HTTPS_PORT:?}/readyz" 2>/dev/null
)
ran_before=no
! is_running || ran_before=yes
stop_if_started() { [ "$ran_before" = yes ] || make stop-project; }
trap stop_if_started EXIT

# failed_checks SUITE LOG: the failures of a suite with their details.
failed_checks() { awk -v suite="$1" '
  /^  FAIL  |^\(fail\) / { shown = 1; print suite ": " $0; next }
  /^        / && shown && shown <= 15 { shown++; print; next }
  { shown = 0 }' "$2"; }

passed=0 failed=0 skipped=0 failures=$(mktemp)
# run SUITE LOG: writes the output to the log and stdout.
run() { bash "$(script "$1")" 2>&1 | tee "$2" || true; }
# add_up SUITE LOG STARTED
add_up() {
  local line
  line=$(tail -n 1 "$2")
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
  else
    printf '  FAIL  %s ended without a summary\n' "$1" | tee -a "$2"
    failed=$((failed + 1))
  fi
  failed_checks "$1" "$2" >>"$failures"
  rm -f "$2"
  printf '   (%d s)\n' $((SECONDS - $3))
}

beside='' beside_log='' beside_pid='' beside_started=0
# end_beside: waits for the suite that ran in parallel and prints its output.
end_beside() {
  [ -n "$beside" ] || return 0
  printf '\n== %s\n' "$beside"
  wait "$beside_pid" || true
  cat "$beside_log"
  add_up "$beside" "$beside_log" "$beside_started"
  beside=''
}
while read -r suite mark <&3; do
  log=$(mktemp)
  [ -z "$mark" ] || end_beside
  if [ "$mark" = '&' ]; then
    beside=$suite beside_log=$log beside_started=$SECONDS
    run "$suite" "$log" >/dev/null &
    beside_pid=$!
    continue
  fi
  printf '\n== %s\n' "$suite"
  started=$SECONDS
  run "$suite" "$log"
  add_up "$suite" "$log" "$started"
done 3<<<"$suites"
end_beside
stop_if_started
trap - EXIT
[ ! -s "$failures" ] || printf '\nfailed:\n%s\n' "$(cat "$failures")"
rm -f "$failures"
printf '\ntotal: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
