# shellcheck shell=bash
# Sourced by suites, with the names of workers: runs the suite on a copy of the project with these instead of its own, natively.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/lib/asking.sh
source "$ROOT/tests/lib/asking.sh"

export KEEPALIVE=no # nginx is Debian's
export CHECK=no     # the copy's types are those of this checkout
make_copy_of "$@"
printf 'RATE_LIMIT=10000r/s\nRATE_BURST=10000\n' >>"$COPY/.env" # the checks ask faster than one client may
eval "$(in_copy "$BUN" ops/cli.ts settings)"
# shellcheck source=tests/releases/common.sh
source "$ROOT/tests/releases/common.sh"
