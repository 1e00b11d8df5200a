#!/usr/bin/env bash
# 200 wrong passwords per second from one address for half a minute do not slow a client of another address.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/test-workers.sh
source "$ROOT/tests/lib/test-workers.sh"
readonly SECONDS_EACH=${SECONDS_EACH:-30}

start_with_test_workers
result=$(in_copy "$BUN" tests/hostile/guessing.ts "$SECONDS_EACH" 200)
echo "  $result"
holds() { if jq -e "$2" >/dev/null <<<"$result"; then pass "$1"; else fail "$1" "$2: $result"; fi; }
holds "the other client always gets 200" \
  ".busy.statuses | keys == [\"200\"] and .[\"200\"] > $((SECONDS_EACH * 7))"
holds "its p99 stays below three times the p99 without guessing" '.ratio < 3'
holds "the guesser gets 401 and 503, never 200" '.guesses.statuses | has("401") and has("503") and (has("200") | not)'
# AUTH_BURST, and AUTH_RATE for as long as both took.
holds "at most about one guess in two seconds is checked" ".guesses.statuses[\"401\"] <= 25 + $SECONDS_EACH"
finish
