#!/usr/bin/env bash
# The auth cache: what is cached and what never is, changed passwords, guessing, storage of credentials.
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
# Empties the gateway's auth cache, as a minute does. nginx notices a removed entry within a second (open_file_cache).
expire_cache() {
  rm -rf "${auth_dir:?}"/{cache,waiting-1,waiting-2}/*
  sleep 1.2
}

# ask FROM CREDENTIALS [URL and curl options]: the status. Limits are per client address.
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

echo "- cached checks"
check "user-add creates alice" set_password alice "$first"
check "user-add creates bob" set_password bob "$other"
expect "alice gets 200" 200 127.0.8.1 "alice:$first"
expect "bob with the cached password of alice gets 401" 401 127.0.8.1 "bob:$first"
expect "alice with the password of bob gets 401" 401 127.0.8.1 "alice:$other"
expect "an empty user name gets 401" 401 127.0.8.1 ":$first"
expect "also on another path" 401 127.0.8.1 "bob:$first" "https://localhost:$HTTPS_PORT/other"
expect "also with an X-Authenticated-User header" 401 127.0.8.1 "bob:$first" "$url" -H 'X-Authenticated-User: alice'
expect "a wrong password gets 401" 401 127.0.8.1 "alice:no-$mark"
expect "and again: it is not cached as right" 401 127.0.8.1 "alice:no-$mark"
check "user-add creates carl" set_password carl "$second"
expect "a wrong password of carl gets 401" 401 127.0.8.2 "carl:$first"
check "carl's password is changed to it" set_password carl "$first"
expect "and gets 200 at once: a 401 is never cached" 200 127.0.8.2 "carl:$first"

echo "- the user in the log"
log=$COPY/.state/logs
curl -s -o /dev/null --cacert "${CA_FILE:?}" -u "bob:$other" -H 'X-Authenticated-User: root' \
  -H 'X-Request-ID: user-in-log' -H 'Content-Type: application/json' -d "$HELLO" "$url"
sleep 1.5
if grep -h '"user-in-log"' "$log"/echo-*.log | grep -q '"user":"bob"'; then pass "the worker's log has bob, not the value of his header"; else
  fail "the worker's log has bob, not the value of his header" "$(grep -h user-in-log "$log"/*.log)"
fi

echo "- a changed password"
check "the password of alice is changed" set_password alice "$second"
expect "the new one works at once" 200 127.0.8.3 "alice:$second"
changed=$SECONDS
until [ "$(ask 127.0.8.4 "alice:$first")" = 401 ]; do
  [ $((SECONDS - changed)) -le 75 ] || break
  sleep 3
done
took=$((SECONDS - changed))
if [ "$took" -le 61 ]; then pass "the old one is refused after $took s of at most 60"; else fail "the old one is refused within 60 s" "$took s"; fi
expect "bob gets 200" 200 127.0.8.3 "bob:$other"
check "the password of bob is changed" set_password bob "$second"
expect "his old password is still cached" 200 127.0.8.3 "bob:$other"
check "make reload" in_copy make reload
expect "the old one is refused at once after make reload" 401 127.0.8.3 "bob:$other"
expect "the new one works" 200 127.0.8.3 "bob:$second"
expect "carl gets 200" 200 127.0.8.3 "carl:$first"
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
expect "another address may still guess" 401 127.0.8.10 "alice:g-$mark"
expect "and alice gets 200 there" 200 127.0.8.10 "alice:$second"
expect "a cached user gets 200 at the guesser's address" 200 127.0.8.9 "alice:$second"
expire_cache
expect "so does a recently verified user, whose cache entry expired" 200 127.0.8.9 "alice:$second"
check "user-add creates dora" set_password dora "$first"
expect "a user without a recent login shares the guesser's limit there" 503 127.0.8.9 "dora:$first"
expect "and signs in from another address" 200 127.0.8.10 "dora:$first"
expect "bob gets 200" 200 127.0.8.11 "bob:$second"
check "the password of bob is changed" set_password bob "$first"
expire_cache
expect "a recently verified password that was changed gets 401" 401 127.0.8.11 "bob:$second"
for _ in {1..16}; do ask 127.0.8.11 "bob:$second" >/dev/null; done
expect "its limit ends like that of a guesser" 503 127.0.8.11 "bob:$second"
expect "and is separate from that of the address: bob gets 200" 200 127.0.8.11 "bob:$first"
expect "and from that of other credentials: alice gets 200" 200 127.0.8.9 "alice:$second"
sleep 1

echo "- stopped verifiers"
verifiers=$(in_copy make ps | awk '$1 ~ /^verifier-/ { print $2 }')
stopped() { for pid in $verifiers; do echo "$pid" && pgrep -P "$pid"; done; }
expect "alice is cached" 200 127.0.8.10 "alice:$second"
for pid in $(stopped); do kill -STOP "$pid"; done
expect "a cached user gets 200" 200 127.0.8.3 "alice:$second"
expect "other credentials get 503" 503 127.0.8.3 "alice:${second}x"
for pid in $(stopped); do kill -CONT "$pid"; done

echo "- where credentials are stored"
sleep 2
encoded=$(printf 'alice:%s' "$second" | base64 -w0)
found=$(grep -rlF -e "$encoded" -e "$second" -e "$first" -e "$other" "$COPY" /dev/shm /run /var/log /var/lib/nginx \
  2>/dev/null || true)
for part in cache recent; do
  if grep -q "^$auth_dir/$part/" <<<"$found"; then pass "the search itself works: found in $part"; else fail "the search itself works: found in $part" "$found"; fi
done
check "which is on tmpfs" test "$(stat -f -c %T "$auth_dir")" = tmpfs
outside=$(grep -vE "^$auth_dir/(cache|recent|waiting-[12])/" <<<"$found" | grep . || true)
if [ -z "$outside" ]; then pass "they are in no log and no other file"; else fail "they are in no log and no other file" "$outside"; fi
modes=$(stat -c '%a' "$auth_dir" "$auth_dir"/{cache,recent,waiting-1,waiting-2} 2>&1 | xargs || true)
closed="700 700 700 700 700"
[ "$(id -u)" != 0 ] || closed="710 700 700 700 700" # owned by root; the gateway's group may pass
check "only nginx may enter it" test "$modes" = "$closed"
finish
