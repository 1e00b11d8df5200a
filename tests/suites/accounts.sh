#!/usr/bin/env bash
# Native mode as root: accounts of the processes, files they cannot read, folders made by other users, log rotation, killed
# nginx masters, a full disk.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

if [ "$(id -u)" != 0 ]; then
  skip "accounts: needs root"
  finish
  exit
fi
ops/bootstrap.sh nginx openssl curl wrk
make_copy_of echo other # its folder is closed to all accounts
export GATEWAY_PASSWORD=exported-by-a-shell SOME_SECRET=hush-hush-hush
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}" "${HTTP_PORT:?}" "${GATEWAY_USER:?}" "${LOG_EXPORTER_PORT:?}"
# shellcheck disable=SC2016 # JavaScript
eval "$(in_copy "$BUN" -e 'import * as paths from "./ops/native/paths.ts";
  for (const [name, path] of Object.entries(paths)) console.log(`${name}=${path}`)')"
: "${RUN_DIR:?}" "${AUTH_DIR:?}" "${ACCESS_LOG_DIR:?}" "${DATA_DIR:?}" "${PROCESS_FILE:?}" "${PM2_HOME:?}" "${GATEWAY_DIR:?}"
pid_of() { in_copy make ps | awk -v n="$1" '$1 == n { print $2 }'; }
user_of() { ps -o user:40= -p "$1" | tr -d ' '; }
is_worker() { [[ " echo other " == *" $1 "* ]]; }

echo "- folders made by other users"
mkdir -m 755 "$COPY/.elsewhere" && touch "$COPY/.elsewhere/kept"
by_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
# refuses NAME PATH PATTERN: the start fails with one line that names the path, which stays as it is.
refuses() {
  local output code=0 what
  what=$(stat -c '%i %a %u' "$2")
  output=$(in_copy make start-project 2>&1) || code=$?
  output=$(grep -v '^make' <<<"$output")
  if [ "$code" -ne 0 ] && [[ $output == "error: $2 $3"*"rm -r $2"* ]] && [ "$(grep -c . <<<"$output")" -eq 1 ] &&
    [ "$(stat -c '%i %a %u' "$2")" = "$what" ] && [ -e "$COPY/.elsewhere/kept" ]; then
    pass "$1: $output"
  else
    fail "$1" "make start-project -> exit code $code: $output"
  fi
  rm -rf "$2"
}
by_nobody ln -s "$COPY/.elsewhere" "$AUTH_DIR"
refuses "a link" "$AUTH_DIR" "is not a folder"
by_nobody mkdir -m 700 "$AUTH_DIR"
refuses "another user's folder" "$AUTH_DIR" "belongs to user "
mkdir -m 755 "$AUTH_DIR"
refuses "a folder that others may enter" "$AUTH_DIR" "is open to others (mode 755)"
for folder in "$RUN_DIR" "$ACCESS_LOG_DIR" "$DATA_DIR"; do
  mkdir -m 777 "$folder"
  refuses "a folder that everybody may write" "$folder" "is open to others (mode 777)"
  mkdir -m 755 "$folder" && chown nobody "$folder"
  refuses "another user's folder" "$folder" "belongs to user "
done

echo "- accounts of the processes"
check "the project starts" in_copy make start-project
export OTHER_SECRET=hush-to-the-running-daemon
kill -9 "$(pid_of "other-1")" # pm2 restarts it from its stored declaration
sleep 1
check "a second start, with pm2 running" in_copy make start-project
# One line per kind of process: name and account. nginx masters run as root, so their workers are listed.
accounts=$(in_copy make ps | while read -r name pid _; do
  case $name in
    gateway | verifier-*) pid=$(pgrep -P "$pid" | head -n 1) ;;
    log-rotation) continue ;;
  esac
  printf '%s %s\n' "$(sed -E 's/-[0-9]+$//; s/^verifier-.*/verifier/' <<<"$name")" "$(user_of "$pid")"
done | sort -u)
shared=$(awk '{ print $2 }' <<<"$accounts" | sort | uniq -d)
if [ "$(wc -l <<<"$accounts")" -ge $((7 + 2)) ] && [ -z "$shared" ] && ! grep -qv ' fortress-' <<<"$accounts"; then
  pass "each kind has its own account: $(wc -l <<<"$accounts")"
else
  fail "each kind has its own account" "$accounts"
fi
# below PID: the process and its descendants.
below() {
  local child
  echo "$1"
  for child in $(pgrep -P "$1"); do below "$child"; done
}
mapfile -t all < <(below "$(cat "$PM2_HOME/pm2.pid")")
roots=$(ps -o user=,stat=,args= -p "$(IFS=,; echo "${all[*]}")" | awk '$1 == "root" && $2 !~ /^Z/' |
  grep -vE 'PM2 v|nginx: master|rotate-logs\.sh|sleep 0\.5|find ' || true)
if [ "${#all[@]}" -ge 15 ] && [ -z "$roots" ]; then pass "only pm2, nginx masters and the log rotation run as root"; else
  fail "only pm2, nginx masters and the log rotation run as root" "$roots"
fi
groups=$(for pid in "${all[@]}"; do
  awk '/^Gid/ { gid = $2 } /^Uid/ { uid = $2 } /^Groups/ { for (i = 2; i <= NF; i++) if (uid && $i != gid) print FILENAME, $0 }' "/proc/$pid/status"
done 2>/dev/null)
if [ -z "$groups" ]; then pass "no process has a supplementary group"; else fail "no process has a supplementary group" "$groups"; fi
leaks=$(for pid in "${all[@]}"; do tr '\0' '\n' <"/proc/$pid/environ" | grep -aE 'exported-by-a-shell|hush' | sed "s/^/$pid: /"; done 2>/dev/null || true)
if [ -z "$leaks" ]; then pass "no process has variables of the calling shell"; else fail "no process has variables of the calling shell" "$leaks"; fi
(cd "$COPY" && PM2_HOME=$PM2_HOME node node_modules/.bin/pm2 restart "$PROCESS_FILE" --only "other-1" --update-env >/dev/null)
check "nor after a direct call of pm2" bash -c "! tr '\0' '\n' <'/proc/$(pid_of "other-1")/environ' | grep -q hush"

echo "- files that accounts cannot read"
chmod 755 "$COPY"
printf 'GATEWAY_PASSWORD=%s\n' "$GATEWAY_PASSWORD" >>"$COPY/.env" && chmod 600 "$COPY/.env"
# ask URL CREDENTIALS: the status.
ask() {
  curl -s -o /dev/null --max-time 20 -w '%{http_code}' --cacert "${CA_FILE:?}" -u "$2" \
    -H 'Content-Type: application/json' -d "$HELLO" "https://localhost:$HTTPS_PORT/$1"
}
check "a request is answered" test "$(ask echo "$GATEWAY_USER:$GATEWAY_PASSWORD")" = 200
first=$(pid_of echo-1) second=$(pid_of "other-1")
closed=("$GATEWAY_DIR/htpasswd" "$GATEWAY_DIR/nginx.key" "$PROCESS_FILE" "$COPY/gateway/certs/nginx.key" "$COPY/.env"
  "$GATEWAY_DIR"/{nginx,generated}.conf "$GATEWAY_DIR"/workers/*.conf "$RUN_DIR"/monitoring/*/*.yml "$COPY/gateway/secrets/htpasswd" "$COPY/.state/logs/echo-1.log")
while read -r entry; do closed+=("$entry"); done < <(find "$AUTH_DIR/cache" "$AUTH_DIR/recent" -type f)
check "each cache has an entry" test "$(find "$AUTH_DIR" -type f | wc -l)" -ge 2
as() { setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; }
while read -r name account; do
  is_worker "$name" || continue
  other=$first
  [ "$name" != echo ] || other=$second
  read_anyway='' files=("${closed[@]}" "/proc/$other/environ" "$ACCESS_LOG_DIR"/{access,metrics}.log)
  for file in "${files[@]}"; do
    [ -r "$file" ] || read_anyway+=" (missing: $file)"
    if as "$account" cat "$file" >/dev/null 2>&1; then read_anyway+=" $file"; fi
  done
  sockets=("$AUTH_DIR/auth.sock")
  for socket in "$RUN_DIR"/sockets/*/1.sock; do [[ $socket == */"${name%-*}"/* ]] || sockets+=("$socket"); done
  for socket in "${sockets[@]}"; do
    if as "$account" curl -s -o /dev/null --unix-socket "$socket" http://recent/; then read_anyway+=" $socket"; fi
  done
  if as "$account" true && [ -z "$read_anyway" ]; then pass "$account can read none of ${#files[@]} files and connect to none of ${#sockets[@]} sockets"; else
    fail "$account can read none of ${#files[@]} files and connect to none of ${#sockets[@]} sockets" "$read_anyway"
  fi
done <<<"$accounts"
while read -r name account; do
  case $name in gateway | verifier) continue ;; esac
  if is_worker "$name"; then continue; fi
  if [ -n "$(as "$account" cat "${closed[-1]}" "$GATEWAY_DIR/htpasswd" "/proc/$first/environ" 2>/dev/null | tr -d '\0')" ]; then
    fail "$account can read no credential" "as $account: cat ${closed[-1]} $GATEWAY_DIR/htpasswd /proc/$first/environ"
  else
    pass "$account can read no credential"
  fi
done <<<"$accounts"
chmod 644 "$COPY/.env"
in_copy make doctor >"$COPY/.elsewhere/doctor" || true
check "make doctor reports a .env with mode 644" grep -q 'WRONG  secrets .*\.env is 644' "$COPY/.elsewhere/doctor"
check "and no other finding" test "$(grep -c WRONG "$COPY/.elsewhere/doctor")" = 1
chmod 600 "$COPY/.env"
chmod 700 "$COPY"

echo "- log rotation under load"
counted() { curl -sS "http://127.0.0.1:$LOG_EXPORTER_PORT/metrics" | awk '/^gateway_requests_total/ { n += $2 } END { print n + 0 }'; }
most=$(mktemp) flooding=$(mktemp)
measure() {
  local now max=0
  while [ -e "$flooding" ]; do
    now=$(du -cb "$ACCESS_LOG_DIR"/* 2>/dev/null | awk 'END { print int($1 / 1000000) }') || true # renamed meanwhile
    [ "$now" -le "$max" ] || max=$now
    echo "$max" >"$most"
    sleep 0.2
  done
}
path=$(printf 'a%.0s' {1..200}) # a line of 600 bytes
# flood SECONDS: prints the number of answered requests.
flood() { wrk -t 1 -c 16 -d "$1" "http://127.0.0.1:$HTTP_PORT/$path" | awk '/requests in/ { print $1 }'; }
# settled: the count once it is stable for two seconds; waits two minutes at most.
settled() {
  local last=-1 now
  now=$(counted)
  for _ in {1..60}; do
    [ "$now" != "$last" ] || break
    sleep 2
    last=$now now=$(counted)
  done
  echo "$now"
}
# counted_since BEFORE LINES: waits up to two minutes for that many more lines; prints the difference.
counted_since() {
  local now=0
  for _ in {1..240}; do
    now=$(($(counted) - $1))
    [ "$now" -lt "$2" ] || break
    sleep 0.5
  done
  echo "$now"
}
# In slices, so that the exporter catches up on any machine.
before=$(settled) asked=0
for _ in {1..30}; do
  asked=$((asked + $(flood 1)))
  seen=$(counted_since "$before" "$asked")
  if [ "$seen" -lt "$asked" ] || [ "$asked" -ge 200000 ]; then break; fi
done
if [ "$seen" -ge "$asked" ]; then pass "all of $asked lines are counted, $((asked * 600 / 1000000)) MB of log"; else fail "all of $asked lines are counted" "$seen"; fi
# Without pauses, faster than the exporter: disk use stays bounded, and afterwards every line is counted again.
measure &
measurer=$!
asked=0
for slice in {1..40}; do
  asked=$((asked + $(flood 5)))
  [ "$asked" -lt 700000 ] || break
done
rm -f "$flooding"
wait "$measurer"
max=$(cat "$most") bound=$((180 + 3 * asked * 600 / 1000000 / (slice * 5))) # 3 x 60 MB and the lines of a second
if [ "$max" -le "$bound" ]; then pass "$asked lines of 600 bytes use at most $max MB"; else fail "$asked lines of 600 bytes use at most $bound MB" "$max MB"; fi
before=$(settled)
for _ in {1..100}; do curl -s -o /dev/null "http://127.0.0.1:$HTTP_PORT/$path"; done
seen=$(counted_since "$before" 100)
if [ "$seen" -ge 100 ]; then pass "afterwards 100 of 100 lines are counted"; else fail "afterwards 100 of 100 lines are counted" "$seen"; fi
rm -f "$most"
head -c 30000000 /dev/zero | tr '\0' '\n' >>"$COPY/.state/logs/other-1.log"
for _ in {1..40}; do
  [ ! -s "$COPY/.state/logs/other-1.log.1" ] || break
  sleep 0.25
done
kill -9 "$(pid_of "other-1")"
sleep 1
ask other "$GATEWAY_USER:$GATEWAY_PASSWORD" >/dev/null
if [ -s "$COPY/.state/logs/other-1.log.1" ] && [ "$(stat -c %s "$COPY/.state/logs/other-1.log")" -lt 1000000 ]; then
  pass "a worker's log is rotated and the worker writes to the new one"
else
  fail "a worker's log is rotated and the worker writes to the new one" "$(ls -l "$COPY/.state/logs/other-1.log"*)"
fi

echo "- a killed nginx master"
# answers STATUS CREDENTIALS: waits ten seconds at most.
answers() {
  local _
  for _ in {1..40}; do
    [ "$(ask echo "$2")" != "$1" ] || return 0
    sleep 0.25
  done
  return 1
}
for name in nginx verifier-new verifier-recent; do
  killed=$(cat "$RUN_DIR/gateway/$name.pid")
  kill -9 "$killed"
  for _ in {1..40}; do
    [ "$(cat "$RUN_DIR/gateway/$name.pid")" = "$killed" ] || break
    sleep 0.25
  done
  check "$name: a new master starts" test "$(cat "$RUN_DIR/gateway/$name.pid")" != "$killed"
  check "$name: no worker of the old master is left" test -z "$(pgrep -r D,R,S -g "$killed")"
done
check "an uncached wrong password gets 401" answers 401 "$GATEWAY_USER:$RANDOM-$RANDOM"
check "the right password gets 200" answers 200 "$GATEWAY_USER:$GATEWAY_PASSWORD"
check "make reload" in_copy make reload

echo "- stop"
kill -9 "$(cat "$RUN_DIR/gateway/nginx.pid")" # stop must also end its workers
setpriv --reuid nobody --regid nogroup --clear-groups env PM2_HOME="$RUN_DIR/pm2" \
  bash -c 'trap "" TERM; for _ in {1..600}; do sleep 0.1; done' &
stranger=$!
check "the project stops while another user's process has its PM2_HOME" in_copy make stop-project
check "that process still runs" kill -9 "$stranger"
wait "$stranger" 2>/dev/null || true
if ss -ltnH "sport = :$HTTPS_PORT" | grep -q .; then fail "its port is free" "$HTTPS_PORT"; else pass "its port is free"; fi
left=''
for folder in "$RUN_DIR" "$AUTH_DIR" "$ACCESS_LOG_DIR" "$DATA_DIR"; do [ ! -e "$folder" ] || left+=" $folder"; done
if [ -z "$left" ]; then pass "no folder is left outside the project"; else fail "no folder is left outside the project" "$left"; fi
home=''
for path in logs/access.log logs/metrics.log prometheus alertmanager; do [ -L "$COPY/.state/$path" ] || [ ! -e "$COPY/.state/$path" ] || home+="$path "; done
check "logs and data are back in .state" test "$home" = "logs/access.log logs/metrics.log prometheus alertmanager "

echo "- a full disk"
logs=$COPY/.state/logs
rm -rf "$logs" && mkdir -p "$logs"
if ! mount -t tmpfs -o size=8m tmpfs "$logs"; then
  skip "a full disk: mounting a tmpfs is not permitted here"
  finish
  exit
fi
trap 'in_copy make stop-project >/dev/null 2>&1; umount "$logs"; remove_copy' EXIT
check "the project starts" in_copy make start-project
log=$logs/echo-1.log
ask_worker() { curl -s -o /dev/null --max-time 20 "http://127.0.0.1:${WORKER_PORT_BASE:?}/nothing?[1-40]"; } # 10 KB of log
ask_worker
for _ in {1..40}; do # it buffers its lines
  [ "$(stat -c %s "$log")" -le 4000 ] || break
  sleep 0.25
done
check "its requests are in its log" test "$(stat -c %s "$log")" -gt 4000
head -c 20000000 /dev/zero >"$logs/filler" 2>/dev/null || true
for _ in {1..3}; do check "the worker answers with a full disk" ask_worker; done
sleep 1
before=$(stat -c %s "$log")
rm "$logs/filler"
for _ in {1..40}; do
  sleep 0.25
  ask_worker
  [ "$(stat -c %s "$log")" -le "$before" ] || break
done
if [ "$(stat -c %s "$log")" -gt "$before" ]; then pass "once there is space again, the worker's log continues"; else
  fail "once there is space again, the worker's log continues" "$(ls -l "$logs")"
fi
finish
