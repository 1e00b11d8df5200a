#!/usr/bin/env bash
# The cost of authentication: requests/s of a worker's documented request without authentication, with the cached bcrypt of
# the gateway, and with bcrypt and apr1 computed for every request. WORKER selects a worker, by default the first of
# compose.yaml. Load generator and server share one machine: compare ratios. About two minutes.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../tests/lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
readonly SLICE=${SLICE:-2} ROUNDS=${ROUNDS:-9} CONNECTIONS=16

ops/bootstrap.sh nginx openssl wrk >&2
make_copy
printf 'RATE_LIMIT=999999r/s\nRATE_BURST=99999\n' >>"$COPY/.env"
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}"
scripts=$(mktemp -d)
trap 'rm -rf "$scripts"; remove_copy' EXIT
mkdir -p "$COPY/gateway/secrets"
apr1_password=$(openssl rand -hex 12)
printf 'apr1:%s\n' "$(openssl passwd -apr1 "$apr1_password")" >"$COPY/gateway/secrets/htpasswd"
in_copy make start-project >&2
# shellcheck disable=SC2046 # a worker's name is one word, or none
eval "$(in_copy "$BUN" tests/lib/target.ts ${WORKER:+"$WORKER"})"
# shellcheck disable=SC2016 # a template of JavaScript
eval "$(in_copy "$BUN" -e 'import { GATEWAY_DIR } from "./ops/native/paths.ts"; console.log(`GATEWAY_DIR=${GATEWAY_DIR}`)')"
: "${TARGET_PATH:?}" "${TARGET_BODY:?}" "${GATEWAY_DIR:?}"
[ -z "${TARGET_HEADER:=}" ] || TARGET_HEADER="[\"${TARGET_HEADER%%: *}\"] = \"${TARGET_HEADER#*: }\","

# Three copies of the worker's location that differ in authentication, in the same gateway until its next reload: slices of
# the four alternate within seconds, so other load on the machine affects all of them.
shipped=$(sed -n "\\#^location = $TARGET_PATH {#,/^}/p" "$GATEWAY_DIR"/*/*.conf)
# way NAME DIRECTIVES: a location /way/NAME that authenticates with these directives.
way() {
  sed "s#= $TARGET_PATH {#= /way/$1 {#; s#include snippets/auth.conf;#$2#; s#^}#    rewrite ^ $TARGET_PATH break;\n}#" \
    <<<"$shipped" >"$GATEWAY_DIR/routes/way-$1.conf"
}
check "the gateway has a location for $TARGET_PATH that authenticates" grep -q 'include snippets/auth.conf;' <<<"$shipped"
way none ''
# A copy of the password file: the gateway's account cannot read the verifiers'.
for name in bcrypt apr1; do way "$name" "auth_basic \"x\"; auth_basic_user_file $scripts/htpasswd;"; done
install -m 644 "$COPY/gateway/secrets/htpasswd" "$scripts/htpasswd"
chmod 711 "$scripts"
kill -HUP "$(<"$GATEWAY_DIR/nginx.pid")"
for _ in {1..50}; do
  [ "$(curl -sko /dev/null -w '%{http_code}' "https://localhost:$HTTPS_PORT/way/apr1")" = 404 ] || break
  sleep 0.1
done
umask 077 # the scripts hold a password
for name in none cached bcrypt apr1; do
  credentials=$GATEWAY_USER:$GATEWAY_PASSWORD
  [ "$name" != apr1 ] || credentials=apr1:$apr1_password
  cat >"$scripts/$name" <<LUA
wrk.method, wrk.body = "POST", [==[$TARGET_BODY]==]
wrk.headers = { $TARGET_HEADER ["Content-Type"] = "application/json", Authorization = "Basic $(printf %s "$credentials" | base64 -w0)" }
done = function(s, latency)
  io.write(string.format("%.1f %.1f %d\n", s.requests / s.duration * 1e6, latency:percentile(99) / 1000,
    s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout))
end
LUA
done

declare -A rate p99
errors=0 ratios=''
# measure NAME [SECONDS]: one slice; leaves R (requests a second), and adds to rate, p99 and errors.
measure() {
  local path=/way/$1 p e
  [ "$1" != cached ] || path=$TARGET_PATH
  read -r R p e < <(wrk -t 1 -c "$CONNECTIONS" -d "${2:-$SLICE}s" --timeout 20s -s "$scripts/$1" \
    "https://localhost:$HTTPS_PORT$path" | tail -n 1)
  rate[$1]+="$R " p99[$1]+="$p " errors=$((errors + e))
}
median() { tr ' ' '\n' <<<"$1" | grep . | sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
for name in none cached; do measure "$name" 1; done # warm up connections and JIT
rate=() p99=()
for round in $(seq "$ROUNDS"); do
  order='none cached'
  [ $((round % 2)) -eq 0 ] || order='cached none'
  for name in $order; do measure "$name" && declare "last_$name=$R"; done
  # shellcheck disable=SC2154 # set by declare, one line above
  ratios+="$(awk "BEGIN { print $last_cached / $last_none }") "
done
for _ in 1 2 3; do measure apr1 && measure bcrypt; done

base=$(median "${rate[none]}") ratio=$(median "$ratios")
echo "| authentication | requests/s | of none | p99 ms |"
echo "|---|---|---|---|"
for name in none cached apr1 bcrypt; do
  r=$(median "${rate[$name]}")
  printf '| %s | %s | %s | %s |\n' "$name" "$r" "$(awk "BEGIN { printf \"%.3f\", $r / $base }")" "$(median "${p99[$name]}")"
done
echo "cached to none, round by round: $ratios"
if [ "$errors" -eq 0 ]; then pass "no errors"; else fail "no errors" "$errors errors"; fi
if awk "BEGIN { exit !($ratio >= 0.9) }"; then
  pass "cached bcrypt reaches $ratio of the rate without authentication (at least 0.9)"
else
  fail "cached bcrypt reaches $ratio of the rate without authentication (at least 0.9)" "ROUNDS=15 benchmarks/auth.sh on a quiet machine"
fi
finish
