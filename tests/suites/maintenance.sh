#!/usr/bin/env bash
# Maintenance, natively: what is refused, who gets through, that it outlasts a restart, and no other answer under load.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

export KEEPALIVE=no # nginx is Debian's
export CHECK=no     # the copy's types are those of this checkout
make_copy_of echo
printf 'RATE_LIMIT=10000r/s\nRATE_BURST=10000\n' >>"$COPY/.env"
eval "$(in_copy "$BUN" ops/cli.ts settings)"
# shellcheck source=tests/releases/common.sh
source "$ROOT/tests/releases/common.sh"

echo "- what is refused"
refuses "no state" 'STATE must be on or off' make maintenance
refuses "another state" 'STATE must be on or off' make maintenance STATE=yes
refuses "a message at the end" 'MESSAGE and ALLOW need STATE=on' make maintenance STATE=off MESSAGE=x
refuses "a name instead of an address" 'ALLOW has "localhost", which is no address' make maintenance STATE=on ALLOW=localhost
refuses "a misspelt variable" 'make maintenance takes no ALOW; it takes STATE MESSAGE ALLOW' make maintenance STATE=on ALOW=::1
refuses "a message without quotes" 'make maintenance takes no at; .*quotes around a text' make maintenance STATE=on MESSAGE=Back at noon
refuses "a long message" 'MESSAGE must have at most 200' make maintenance STATE=on "MESSAGE=$(printf '%0201d' 0)"

echo "- before a start"
# shellcheck disable=SC2016 # make would expand it too
check "make's own signs are kept" grep -qF '"It costs $5 $(echo x)"' <<<"$(in_copy make maintenance STATE=on 'MESSAGE=It costs $5 $(echo x)')"
check "it can be recorded" grep -q ' (from the next start on)$' <<<"$(in_copy make maintenance STATE=on 'ALLOW=10.0.0.0/8, ::1')"
started=$(in_copy make start-project)
check "the start says so" grep -q '^maintenance: all but 10.0.0.0/8, ::1 get 503' <<<"$started"
check "clients get it" test "$(answer)" = '503  '
check "with their address in ALLOW they get through" in_copy make maintenance STATE=on ALLOW=127.0.0.1
check "and are answered" test "$(answer | cut -d ' ' -f 1)" = 200
check "with another, not" in_copy make maintenance STATE=on ALLOW=::1
check "a restart" in_copy make restart-project
check "changes nothing about it" test "$(answer)" = '503  '
check "its end" in_copy make maintenance STATE=off
check "is one" test "$(answer | cut -d ' ' -f 1)" = 200

echo "- under load"
# shellcheck source=tests/releases/maintenance.sh
source "$ROOT/tests/releases/maintenance.sh"
finish
