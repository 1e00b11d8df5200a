# shellcheck shell=bash
# Canaries of echo, and 400 users that ask. Needs common.sh. RATE (300): requests a second.
RATE=${RATE:-300} CLIENTS=400
# add_clients: users of the copy whose passwords are verified in a millisecond. The next start or reload publishes them.
add_clients() {
  # shellcheck disable=SC2016 # a template of JavaScript
  in_copy "$BUN" -e '
    import { readUsers, writeUsers } from "./gateway/passwords.ts";
    const users = readUsers();
    for (let i = 1; i <= Number(process.argv[1]); i++) {
      const hash = await Bun.password.hash(`client-${i}`, { algorithm: "bcrypt", cost: 4 });
      users.set(`client-${i}`, { hash, fromSettings: false });
    }
    writeUsers(users);' "$CLIENTS"
}
status() { cli canary-status --json 2>/dev/null; }
outcome() { status | jq -r .outcome; }
has_outcome() { [ "$(outcome)" = "$1" ]; }
has_share() { [ "$(status | jq -r .share)" = "$1" ]; }
previewed() { versions echo | jq -r '.versions[] | select(.state == "preview") | .version'; }
# process NAME: its process id on this machine.
process() {
  if [ "${RUNTIME:-}" = compose ]; then docker inspect --format '{{.State.Pid}}' "$(container "$1")"; else pid "$1"; fi
}
# dead NAME: ends the process, without anything that starts it again.
dead() {
  if [ "${RUNTIME:-}" = compose ]; then docker kill "$(container "$1")"; else pm2 stop "$1"; fi
}
pm2() { in_copy "$BUN" -e 'import { pm2 } from "./ops/native/pm2.ts"; pm2(process.argv.slice(1))' "$@"; }
load_start() {
  load=$(mktemp)
  (cd "$COPY" && exec "$BUN" tests/releases/clients.ts "$RATE" 1200 "$CLIENTS") >"$load" &
  loader=$!
}
# load_end: sets LOAD to what the clients got.
load_end() {
  kill -TERM "$loader"
  wait "$loader" || true
  LOAD=$(cat "$load")
  rm -f "$load"
  echo "  clients: $LOAD"
}
# all_answered: each request was answered 200, and no client went back to a version that it had before.
all_answered() { jq -e '.requests > 500 and .statuses["200"] == .requests' <<<"$LOAD" >/dev/null; }
none_went_back() { jq -e '.back == 0' <<<"$LOAD" >/dev/null; }

fail_every_tenth() {
  sed -i 's/({ body }) => ({ \(characters: [^}]*\) })/({ body }) => { if (asked++ % 10 === 0) throw new Error("every tenth"); return { \1 }; }/; s/^export const app/let asked = 1;\n&/' "$COPY/workers/echo.ts"
}
