#!/usr/bin/env bash
# Cached verification: what is remembered, what never is, and what a changed password leaves behind.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

ops/bootstrap.sh nginx openssl curl
make_copy_of echo other
printf 'RATE_LIMIT=1000r/s\nRATE_BURST=100\nAUTH_RATE=1r/m\nAUTH_BURST=12\n' >>"$COPY/.env"
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}"
check "the project starts" in_copy make start-project
url="https://localhost:$HTTPS_PORT/echo"
auth_dir=$(in_copy "$BUN" -e 'import { AUTH_DIR } from "./ops/native/paths.ts"; console.log(AUTH_DIR)')
# What a minute does: the gateway's cache of verified credentials is empty, and a verifier is asked. nginx notices a
# removed entry within a second (open_file_cache).
forget_minute() {
  rm -rf "${auth_dir:?}"/cache/*
  sleep 1.2
}

# ask FROM CREDENTIALS [URL and curl options]: the status; each address has its own limits.
ask() {
  local from=$1 credentials=$2
  shift 2
  curl -s -o /dev/null --max-time 40 -w '%{http_code}' --cacert "${CA_FILE:?}" --interface "$from" \
    ${credentials:+-u "$credentials"} -H 'Content-Type: application/json' -d "$HELLO" "${@:-$url}"
}
# expect NAME STATUS FROM CREDENTIALS [URL and curl options]
expect() {
  local name=$1 want=$2 got
  shift 2
  got=$(ask "$@")
  if [ "$got" = "$want" ]; then pass "$name"; else fail "$name" "expected $want, got $got: curl --interface $1 $url"; fi
}
set_password() { printf '%s\n' "$2" | in_copy make user-add NAME="$1"; }
mark=$(openssl rand -hex 8)
first="first-$mark" second="second-$mark" other="other-$mark"

echo "- what is remembered"
check "user-add makes alice" set_password alice "$first"
check "user-add makes bob" set_password bob "$other"
expect "alice is let in" 200 127.0.8.1 "alice:$first"
expect "alice's entry does not let bob in with her password" 401 127.0.8.1 "bob:$first"
expect "nor alice with bob's" 401 127.0.8.1 "alice:$other"
expect "nor somebody without a name" 401 127.0.8.1 ":$first"
expect "nor at another path" 401 127.0.8.1 "bob:$first" "https://localhost:$HTTPS_PORT/other"
expect "nor with a name of its own choosing" 401 127.0.8.1 "bob:$first" "$url" -H 'X-Authenticated-User: alice'
expect "wrong, first time" 401 127.0.8.1 "alice:no-$mark"
expect "wrong, second time: not remembered as right" 401 127.0.8.1 "alice:no-$mark"
check "user-add makes carl" set_password carl "$second"
expect "a password that is not his yet" 401 127.0.8.2 "carl:$first"
check "carl gets exactly that password" set_password carl "$first"
expect "and is let in at once: the 401 was not kept" 200 127.0.8.2 "carl:$first"

echo "- who it was"
log=$COPY/.state/logs
curl -s -o /dev/null --cacert "${CA_FILE:?}" -u "bob:$other" -H 'X-Authenticated-User: root' \
  -H 'X-Request-ID: who-it-was' -H 'Content-Type: application/json' -d "$HELLO" "$url"
sleep 1.5
if grep -h '"who-it-was"' "$log"/echo-*.log | grep -q '"user":"bob"'; then pass "the worker's log names bob, not what he claimed"; else
  fail "the worker's log names bob, not what he claimed" "$(grep -h who-it-was "$log"/*.log)"
fi

echo "- a changed password"
check "alice gets another password" set_password alice "$second"
expect "the new one works at once" 200 127.0.8.3 "alice:$second"
changed=$SECONDS
until [ "$(ask 127.0.8.4 "alice:$first")" = 401 ]; do
  [ $((SECONDS - changed)) -le 75 ] || break
  sleep 3
done
took=$((SECONDS - changed))
if [ "$took" -le 61 ]; then pass "the old one is refused after $took s of at most 60"; else fail "the old one is refused within 60 s" "$took s"; fi
expect "bob is let in" 200 127.0.8.3 "bob:$other"
check "bob gets another password" set_password bob "$second"
expect "his old one is remembered" 200 127.0.8.3 "bob:$other"
check "make reload" in_copy make reload
expect "the old one is refused at once after it" 401 127.0.8.3 "bob:$other"
expect "the new one works" 200 127.0.8.3 "bob:$second"
expect "carl is let in" 200 127.0.8.3 "carl:$first"
check "carl is removed" in_copy make user-remove NAME=carl
check "make reload" in_copy make reload
expect "carl is refused" 401 127.0.8.3 "carl:$first"

echo "- guessing"
for _ in {1..16}; do ask 127.0.8.9 "alice:guess-$RANDOM" >/dev/null; done
refused=$(curl -s -D - -o /dev/null --cacert "${CA_FILE:?}" --interface 127.0.8.9 -u "alice:g-$mark" -X POST "$url")
if grep -q '^HTTP/2 503' <<<"$refused" && grep -qi '^retry-after: [1-9]' <<<"$refused"; then
  pass "after a burst of guesses an address is refused, with Retry-After"
else
  fail "after a burst of guesses an address is refused, with Retry-After" "$refused"
fi
expect "another address is not" 401 127.0.8.10 "alice:g-$mark"
expect "and lets alice in" 200 127.0.8.10 "alice:$second"
expect "who is remembered works on at the guesser's own address" 200 127.0.8.9 "alice:$second"
forget_minute
expect "who was verified recently is verified there again" 200 127.0.8.9 "alice:$second"
check "user-add makes dora" set_password dora "$first"
expect "who was not waits there" 503 127.0.8.9 "dora:$first"
expect "and signs in elsewhere" 200 127.0.8.10 "dora:$first"
expect "a good credential is verified" 200 127.0.8.11 "bob:$second"
check "bob gets another password" set_password bob "$first"
forget_minute
expect "what was verified recently and is good no longer lets nobody in" 401 127.0.8.11 "bob:$second"
for _ in {1..16}; do ask 127.0.8.11 "bob:$second" >/dev/null; done
expect "its allowance ends like a guesser's" 503 127.0.8.11 "bob:$second"
expect "and is not the address's: bob is verified" 200 127.0.8.11 "bob:$first"
expect "nor another good one's: alice is verified" 200 127.0.8.9 "alice:$second"
sleep 1

echo "- verifiers that are down"
verifiers=$(in_copy make ps | awk '$1 ~ /^verifier-/ { print $2 }')
stopped() { for pid in $verifiers; do echo "$pid" && pgrep -P "$pid"; done; }
expect "alice is known" 200 127.0.8.10 "alice:$second"
for pid in $(stopped); do kill -STOP "$pid"; done
expect "who is known works on" 200 127.0.8.3 "alice:$second"
expect "nobody else is let in" 503 127.0.8.3 "alice:${second}x"
for pid in $(stopped); do kill -CONT "$pid"; done

echo "- where the credential is"
sleep 2
encoded=$(printf 'alice:%s' "$second" | base64 -w0)
found=$(grep -rlF -e "$encoded" -e "$second" -e "$first" -e "$other" "$COPY" /dev/shm /run /var/log /var/lib/nginx \
  2>/dev/null || true)
for part in cache recent; do
  if grep -q "^$auth_dir/$part/" <<<"$found"; then pass "the search finds it on tmpfs: $part"; else fail "the search finds it on tmpfs: $part" "$found"; fi
done
check "and that is memory" test "$(stat -f -c %T "$auth_dir")" = tmpfs
outside=$(grep -vE "^$auth_dir/(cache|recent)/" <<<"$found" | grep . || true)
if [ -z "$outside" ]; then pass "and in no log and no other file"; else fail "and in no log and no other file" "$outside"; fi
modes=$(stat -c '%a' "$auth_dir" "$auth_dir/cache" "$auth_dir/recent" 2>&1 | xargs || true)
closed="700 700 700"
[ "$(id -u)" != 0 ] || closed="710 700 700" # root's, and the gateway's group may pass
check "nobody but nginx may enter it" test "$modes" = "$closed"
finish
