#!/usr/bin/env bash
# 16 addresses guess passwords at their full rate limit while a cached user works and new users sign in.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/test-workers.sh
source "$ROOT/tests/lib/test-workers.sh"

start_with_test_workers
result=$(in_copy "$BUN" tests/hostile/sign-in-flood.ts 15 16)
echo "  $result"
holds() { if jq -e "$2" >/dev/null <<<"$result"; then pass "$1"; else fail "$1" "$2: $result"; fi; }
holds "the cached user always gets 200" '.busy.cached.statuses | keys == ["200"]'
holds "every new user gets 200" '.busy.new_users.statuses | keys == ["200"]'
holds "after at most two tries each" '.busy.new_users.tries <= 30'
holds "no guess gets 200, and most are refused unchecked" \
  '.guesses.statuses | has("401") and has("503") and (has("200") | not) and (.["503"] > .["401"])'
finish
