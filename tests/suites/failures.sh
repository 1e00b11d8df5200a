#!/usr/bin/env bash
# Failures of workers, natively: each ends the command at once with one line that says why. Seconds are printed, not checked.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

make_copy_of echo other
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}" "${WORKER_PORT_BASE:?}"
worker="$COPY/workers/other.ts"
cp "$worker" "$COPY/other.good"
good() { cp "$COPY/other.good" "$worker"; }
# broken LINES: other with these lines after its import, so that they begin at line 4.
broken() {
  { head -n 3 "$COPY/other.good" && printf '%s\n' "$1" && tail -n +4 "$COPY/other.good"; } >"$worker"
}
pids() { in_copy make ps | awk '$3 == "online" { print $1, $2 }' | sort; }
pid_of() { in_copy make ps | awk -v n="$1" '$1 == n { print $2 }'; }
# after_death: seconds since a process of other wrote its last line.
after_death() {
  local newest
  newest=$(stat -c %.1Y "$COPY"/.state/logs/other-*.log 2>/dev/null | sort -n | tail -n 1)
  [ -z "$newest" ] || awk -v now="$(date +%s.%N)" -v then="$newest" 'BEGIN { printf ", %.1f s after its last log line", now - then }'
}
# fails NAME LINE COMMAND...: it exits with an error whose last line is LINE (a pattern of [[ ]]), not with a timeout.
fails() {
  local name=$1 line=$2 output code=0 started seconds
  shift 2
  started=$(date +%s.%N)
  output=$(in_copy "$@" 2>&1) || code=$?
  seconds=$(awk -v now="$(date +%s.%N)" -v then="$started" 'BEGIN { printf "%.1f s", now - then }')
  output=$(grep -v '^make' <<<"$output")
  # shellcheck disable=SC2053 # a pattern
  if [ "$code" -ne 0 ] && [[ $(tail -n 1 <<<"$output") == $line ]] && [[ $output != *"not ready after"* ]]; then
    pass "$name"
    printf '        %s%s: %s\n' "$seconds" "$(after_death)" "$(tail -n 1 <<<"$output")"
  else
    fail "$name" "$* -> exit code $code: $output"
  fi
}

# Each failure: name, lines, the reason.
MISSING='throw new Error("INVOICE_TABLE is missing\nset it in compose.yaml");'
DELAYED='setTimeout(() => {
  throw new TypeError("lost the connection");
}, 500);'
LATE=${DELAYED/500/2500}
EXIT='console.error("no licence"); process.exit(3);'
MODULE='await import(["./no", "such.ts"].join("-"));'
KILLED='process.kill(process.pid, "SIGKILL");'

echo "- a first start"
broken "$MISSING"
fails "an error at module level stops everything" \
  'error: other-1 does not start: INVOICE_TABLE is missing (workers/other.ts:4). Nothing ran before: everything is stopped' make start-project
check "nothing runs" test -z "$(pids)"
broken 'const x = ;'
fails "a syntax error" 'error: the workers do not build: workers/other.ts:4:11: Unexpected ;' make start-project
broken 'const wrong: number = "text"; void wrong;'
check "types are not checked: nothing is replaced" in_copy make start-project

echo "- deployments"
before=$(pids)
failed='error: other: one extra replica of the new version failed:'
back='. Rolled back to the previous version'
deploy=(env CHECK=no make deploy)
broken "$MISSING"
fails "an error at module level" "$failed INVOICE_TABLE is missing (workers/other.ts:4)$back" "${deploy[@]}"
good
# shellcheck disable=SC1004
sed -i 's/^  description.*/&\n  warmUp: async () => {\n    await Bun.sleep(10);\n    throw new RangeError("the table has no rows");\n  },/' "$worker"
fails "a warm-up that fails" "$failed RangeError: the table has no rows (workers/other.ts:8)$back" "${deploy[@]}"
broken "$DELAYED"
fails "an error half a second after it listens" "$failed TypeError: lost the connection (workers/other.ts:5)$back" "${deploy[@]}"
broken "$EXIT"
fails "process.exit(3)" "$failed it exited with code 3: no licence$back" "${deploy[@]}"
broken "$MODULE"
fails "a missing module" "$failed Cannot find module './no-such.ts' from *$back" "${deploy[@]}"
broken "$KILLED"
fails "a killed process, as without memory" "$failed it was ended by SIGKILL and wrote no error$back" "${deploy[@]}"
broken 'const x = ;'
fails "a syntax error" 'error: the workers do not build: workers/other.ts:4:11: Unexpected ;' make deploy
broken 'import "no-such-package";'
fails "an unresolvable import" 'error: the workers do not build: workers/other.ts:4:8: Could not resolve: "no-such-package"*' make deploy
broken 'const wrong: number = "word"; console.log(wrong);'
fails "a type error" 'error: 1 type error; nothing was replaced (CHECK=no skips this check)' make deploy
check "it is named with file, line and column" \
  grep -F "workers/other.ts(4,7): Type 'string' is not assignable to type 'number'." <(in_copy make deploy 2>&1)
fails "also where a start would replace it" 'error: 1 type error; *' make start-project
check "every process is as before" test "$(pids)" = "$before"
broken "$LATE"
fails "an error seconds after it is ready" "error: other: * failed: TypeError: lost the connection (workers/other.ts:5)$back" "${deploy[@]}"
good
check "the good version is deployed" in_copy make deploy

echo "- a new worker in the running project"
check "make new-worker" in_copy make new-worker NAME=third
sed -i '3a throw new Error("no rows");' "$COPY/workers/third.ts"
others=$(pids | grep -v '^prometheus')
check "make deploy says that it does not run yet" grep -F 'third does not run yet: make start-project starts it' <(in_copy "${deploy[@]}")
fails "a start names the worker that is down" \
  'error: third-1 does not start: no rows (workers/third.ts:4). Everything else keeps running' make start-project
check "every other process is as before" test "$(pids | grep -v '^third\|^prometheus')" = "$others"
sed -i 's/no rows/no columns/' "$COPY/workers/third.ts"
fails "a deployment says that no version served before" \
  'error: third: one extra replica of the new version failed: no columns (workers/third.ts:4). No replica of third served before, and none does now' "${deploy[@]}"
sed -i 4d "$COPY/workers/third.ts"
check "the corrected version is deployed" in_copy "${deploy[@]}"
check "and everything is ready" in_copy make start-project

echo "- a port that another program takes while a process restarts"
# takes PID PORT: ends the process and listens on its port before pm2 restarts it.
takes() {
  "$BUN" -e "process.kill($1, 'SIGKILL');
    const listen = () => Bun.listen({ hostname: '127.0.0.1', port: $2, socket: { data() {} } });
    for (;;) { try { listen(); break; } catch { await Bun.sleep(1); } }
    setTimeout(process.exit, 60000);" &
  holder=$!
  until [ "$(ss -ltnpH "sport = :$2" | grep -c "pid=$holder,")" -gt 0 ]; do sleep 0.1; done
}
release() {
  kill "$holder"
  wait "$holder" 2>/dev/null || true
}
for one in "echo-2 $((WORKER_PORT_BASE + 1)) WORKER_PORT_BASE" "gateway $HTTPS_PORT HTTPS_PORT"; do
  read -r name port variable <<<"$one"
  takes "$(pid_of "$name")" "$port"
  fails "the port of $name: the program, its pid and the variable" \
    "error: port $port is in use by * (pid $holder); stop it or set $variable in .env" make start-project
  release
  check "$name is ready again" in_copy make start-project
done

echo "- settings"
fails "a variable close to a setting, in the environment" 'error: unknown variable HTTPS_PROT; did you mean HTTPS_PORT?' \
  make reload HTTPS_PROT=8443
cp "$COPY/.env" "$COPY/env.good"
echo HTTPS_PROT=8443 >>"$COPY/.env"
fails "in .env" 'error: .env: unknown variable HTTPS_PROT; did you mean HTTPS_PORT?' make start-project
{ cat "$COPY/env.good" && printf 'SMTP_HOST=x\nGATEWAY_PASSWORD=\nRATE_BURST =7\n'; } >"$COPY/.env"
said=$(in_copy make reload 2>&1) || true
check "a variable that nothing uses" grep -Fx 'warning: .env: nothing uses the variable SMTP_HOST' <<<"$said"
check "an empty password means the default" grep -Fx 'warning: GATEWAY_PASSWORD is empty: its default is used, admin' <<<"$said"
check "a space before = is read as Compose reads it" grep -Fx "RATE_BURST='7'" <(in_copy "$BUN" ops/cli.ts settings)
echo 'not a variable' >>"$COPY/.env"
check "make ps works with an unreadable .env" grep -E '^ +gateway .*online' <(in_copy make ps 2>&1)
cp "$COPY/env.good" "$COPY/.env"
finish
