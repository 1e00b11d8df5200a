# shellcheck shell=bash
# Requests to a copy of the project while something happens to it. Needs suite.sh, copy.sh and the copy's settings.

# The body of each request to /echo; {n} is replaced by its number.
ASK_BODY=$HELLO
# ask_until FILE: five requests a second until the file is removed; prints each status. Over HTTP/1.1: Debian's nginx closes idle
# connections when it reloads, and an HTTP/2 connection is idle until its first request.
ask_until() {
  local n=0
  while [ -e "$1" ]; do
    n=$((n + 1))
    curl -s -o /dev/null --http1.1 --max-time 10 -w '%{http_code}\n' --cacert "${CA_FILE:?}" \
      -u "$GATEWAY_USER:$GATEWAY_PASSWORD" -H 'Content-Type: application/json' -d "${ASK_BODY//'{n}'/$n}" \
      "https://localhost:$HTTPS_PORT/echo" || true
    sleep 0.2
  done
}
ask_start() {
  asking=$(mktemp) statuses=$(mktemp)
  ask_until "$asking" >"$statuses" &
  asker=$!
}
# ask_end: checks that every request was answered 200, eleven at least; sets ASKED to their number.
ask_end() {
  local good
  # What happened meanwhile may have taken less time than eleven requests.
  while kill -0 "$asker" 2>/dev/null && [ "$(wc -l <"$statuses")" -lt 11 ]; do sleep 0.1; done
  rm -f "$asking"
  wait "$asker"
  ASKED=$(grep -c . "$statuses") good=$(grep -c '^200$' "$statuses" || true)
  if [ "$ASKED" -gt 10 ] && [ "$good" -eq "$ASKED" ]; then
    pass "$good of $ASKED requests meanwhile were answered 200"
  else
    fail "$good of $ASKED requests meanwhile were answered 200" "$(sort "$statuses" | uniq -c; grep '"status":"5' "$COPY/.state/logs/access.log" | tail -n 3; grep -h '"error"\|error:' "$COPY"/.state/logs/echo-*.log | tail -n 3)"
  fi
  rm -f "$statuses"
}

# kill_and_wait REPLICA: kill -9, and a check that it runs again.
kill_and_wait() {
  local pid new back='' _
  pid=$(in_copy make ps | awk -v n="$1" '$1 == n { print $2 }')
  kill -9 "$pid"
  for _ in {1..100}; do
    new=$(in_copy make ps | awk -v n="$1" '$1 == n && $3 == "online" { print $2 }')
    if [ -n "$new" ] && [ "$new" != "$pid" ] && [ "$new" != 0 ]; then back=$new && break; fi
    sleep 0.1
  done
  if [ -n "$back" ]; then pass "$1 restarts after kill -9"; else fail "$1 restarts after kill -9" "kill -9 $pid; make ps"; fi
}
