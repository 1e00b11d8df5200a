#!/usr/bin/env bash
# Native mode: a worker with a secret, a database and the outbound network, killed and deployed under load; a missing
# secret. As root also: what other accounts can read. ROUNDS=20: that many kills and deployments.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/lib/asking.sh
source "$ROOT/tests/lib/asking.sh"

make_copy_of echo other
printf 'RATE_LIMIT=1000r/s\nRATE_BURST=1000\n' >>"$COPY/.env" # the checks ask faster than one client may
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}" "${WORKER_PORT_BASE:?}"
# shellcheck disable=SC2016 # JavaScript
eval "$(in_copy "$BUN" -e 'import * as paths from "./ops/native/paths.ts";
  for (const [name, path] of Object.entries(paths)) console.log(`${name}=${path}`)')"
: "${RUN_DIR:?}" "${DATA_DIR:?}" "${PROCESS_FILE:?}" "${STATE_DIR:?}" "${PM2_HOME:?}"

# The worker keeps each text once and answers with the number of texts, the text of its secret never.
cat >"$COPY/workers/echo.ts" <<'WORKER'
import { t } from "elysia";
import { database, problemResponses, secret, serve, Text, worker } from "./runtime/index.ts";

const key = secret("ECHO_KEY");
const texts = database("echo.sqlite");
texts.run("create table if not exists texts (text text primary key)");
const insert = texts.query("insert or ignore into texts values (?)");
const count = texts.query<{ n: number }, []>("select count(*) as n from texts");

export const app = worker("echo", {
  description: "Keeps texts.",
  warmUp: () => {
    if (key().startsWith("refused")) throw new Error("the service refuses this key");
  },
}).post(
  "/echo",
  ({ body }) => {
    insert.run(body.text);
    return { characters: count.get()?.n ?? 0, key: new Bun.CryptoHasher("sha256").update(key()).digest("hex") };
  },
  {
    body: t.Object({ text: Text(5000, { examples: ["Hello, world"] }) }),
    response: { 200: t.Object({ characters: t.Integer(), key: t.String() }), ...problemResponses },
    detail: { summary: "Keep a text" },
  },
);

if (import.meta.main) serve(app);
WORKER
rm -f "$COPY/workers/echo.test.ts"
# shellcheck disable=SC2016
sed -i -e '/^  echo:/a\    secrets: [ECHO_KEY]\n    volumes: ["echo-data:/data"]\n    networks: { <<: *worker-networks, outbound: {} }' \
  -e 's|^secrets:$|&\n  ECHO_KEY: { file: ./secrets/ECHO_KEY }|' -e 's|^volumes:$|&\n  echo-data: {}|' "$COPY/compose.yaml"

pids_of() { in_copy make ps | awk -v n="^$1-[0-9]+\$" '$1 ~ n && $3 == "online" { print $1, $2 }'; }
# ask WORKER [BODY]: the answer's body.
ask() {
  curl -sS --max-time 10 --cacert "${CA_FILE:?}" -u "$GATEWAY_USER:$GATEWAY_PASSWORD" \
    -H 'Content-Type: application/json' -d "${2:-$HELLO}" "https://localhost:$HTTPS_PORT/$1"
}
rows() { ask echo | jq -c '.characters // .'; }
write_secret() { printf '%s\n' "$1" | in_copy make secret NAME=ECHO_KEY; }
# uses_key TEXT: each of twelve answers comes from a replica with that secret.
uses_key() {
  local want answer _
  want=$(printf %s "$1" | sha256sum | cut -d ' ' -f 1)
  for _ in {1..12}; do
    answer=$(ask echo)
    [ "$(jq -r .key <<<"$answer")" = "$want" ] || { echo "$answer" && return 1; }
  done
}
# says NAME PATTERN COMMAND...: the command succeeds and prints a line that matches.
says() {
  local name=$1 pattern=$2 output code=0
  shift 2
  output=$(in_copy "$@" 2>&1) || code=$?
  if [ "$code" -eq 0 ] && grep -qE "$pattern" <<<"$output"; then pass "$name"; else fail "$name" "exit code $code: $output"; fi
}

echo "- a start without the secret"
says "the project starts and names the worker that does not" \
  '^warning: echo is not started: secret ECHO_KEY is missing: make secret NAME=ECHO_KEY$' make start-project
check "the other worker answers" test "$(ask other)" = '{"characters":12}'
refused=$(ask echo)
check "its own path answers a problem document" jq -e '.status == 502 or .status == 503' <<<"$refused"
check "/readyz is 200" curl -fsS --max-time 10 -o /dev/null --cacert "${CA_FILE:?}" "https://localhost:$HTTPS_PORT/readyz"
says "make ps says why" '^ +echo +- +not started \(secret ECHO_KEY is missing\)$' make ps
check "a second start changes nothing" grep -q 'nothing to change' <(in_copy make start-project 2>&1)
says "make secret names the next command" '^secrets/ECHO_KEY written: make start-project starts echo$' \
  bash -c 'echo first-key-of-the-service | make secret NAME=ECHO_KEY'
check "the project starts" in_copy make start-project
check "the worker reads its secret" uses_key first-key-of-the-service
says "make ps names the data folder and its size" \
  "^ +echo-data +[0-9.]+[KMG] +data of echo: $DATA_DIR/data/echo-data\$" make ps

echo "- who can read secret and data"
folder=$(find "$RUN_DIR/secrets" -mindepth 1 -maxdepth 1 -name 'echo-*')
check "there is one folder of secrets" test -f "$folder/ECHO_KEY"
data=$DATA_DIR/data/echo-data
check "there is a database" test -f "$data/echo.sqlite"
files=("$folder/ECHO_KEY" "$data/echo.sqlite" "$COPY/secrets/ECHO_KEY" "$PROCESS_FILE" "/proc/$(pids_of echo | awk 'NR == 1 { print $2 }')/environ")
# can_read USER FILE...: prints the files that the user can read, and folders it can list.
can_read() {
  local user=$1 file
  shift
  for file; do
    [ -e "$file" ] || echo "missing: $file"
    if setpriv --reuid="$user" --regid="$user" --clear-groups cat "$file" >/dev/null 2>&1; then echo "$file"; fi
    if setpriv --reuid="$user" --regid="$user" --clear-groups ls "$(dirname "$file")" >/dev/null 2>&1; then
      [[ $file == /proc/* ]] || echo "$(dirname "$file")/"
    fi
  done
}
account_of() { stat -c %U "/proc/$(pids_of "$1" | awk 'NR == 1 { print $2 }')"; }
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$COPY" # otherwise it would protect the files
  own=$(account_of echo)
  for user in "$(account_of other)" fortress-gateway fortress-prometheus 65534; do
    check "$user can read none of ${#files[@]} files and list none of their folders" test -z "$(can_read "$user" "${files[@]}")"
  done
  check "$own can read its secret and its data" \
    diff <(printf "%s\n" "${files[0]}" "$folder/" "${files[1]}" "$data/") <(can_read "$own" "${files[@]:0:2}")
  check "$own cannot write its secret" bash -c "! setpriv --reuid=$own --regid=$own --clear-groups touch '$folder/ECHO_KEY' 2>/dev/null"
  check "the data folder is its own, closed to others" test "$(stat -c '%U %a' "$data")" = "$own 700"
  chmod 700 "$COPY"
else
  skip "what other accounts can read: needs root"
  check "the data folder is closed to others" test "$(stat -c %a "$data")" = 700
fi
in_copy make doctor >"$COPY/.state/doctor" || true
check "make doctor accepts the folder of the secrets" bash -c "! grep ' secrets is 7' '$COPY/.state/doctor'"
chmod 755 "$COPY/secrets"
in_copy make doctor >"$COPY/.state/doctor" || true
check "make doctor reports the folder with mode 755" grep -q 'WRONG  secrets .* secrets is 755.*chmod go= secrets' "$COPY/.state/doctor"
chmod 700 "$COPY/secrets"
# leaks TEXT: processes and files with the text: environments, pm2's state, logs, rendered configuration.
leaks() {
  local file
  for file in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do
    if tr '\0' '\n' <"$file" | grep -aqF "$1"; then echo "$file"; fi
  done 2>/dev/null
  grep -rlaF "$1" "$STATE_DIR" "$PM2_HOME" "$PROCESS_FILE" "$RUN_DIR/gateway" "$RUN_DIR/monitoring" 2>/dev/null || true
}
found=$(leaks first-key-of-the-service)
if [ -z "$found" ]; then pass "no environment, argument, log or configuration holds the secret"; else
  fail "no environment, argument, log or configuration holds the secret" "$found"
fi

echo "- killed and deployed under load"
before=$(rows) others=$(pids_of other) sent=0
for round in $(seq "${ROUNDS:-3}"); do
  ASK_BODY="{\"text\":\"round $round request {n}\"}"
  replicas=$(pids_of echo)
  ask_start
  kill_and_wait "echo-$((round % 3 + 1))"
  write_secret "key-of-round-$round" >/dev/null
  says "round $round: a deployment with a changed secret replaces its three replicas" '^deployed: 3 replicas replaced$' make deploy
  sleep 1
  ask_end
  sent=$((sent + ASKED))
  check "every replica has the new secret" uses_key "key-of-round-$round"
  check "every replica is another process" test "$(comm -12 <(sort <<<"$replicas") <(pids_of echo | sort) | wc -l)" = 0
done
check "the database has all of $sent texts" test "$(rows)" = $((before + sent))
check "the other worker was not replaced" test "$(pids_of other)" = "$others"
check "secrets of earlier versions are removed" test "$(find "$RUN_DIR/secrets" -mindepth 1 -maxdepth 1 | wc -l)" = 1

echo "- a secret that does not work"
replicas=$(pids_of echo)
write_secret refused-by-the-service >/dev/null
ASK_BODY='{"text":"refused {n}"}'
ask_start
check "the deployment fails" bash -c "! make -C '$COPY' deploy >/dev/null 2>&1"
ask_end
check "its replicas keep the secret they began with" uses_key "key-of-round-$round"
check "the secrets of the version that failed are removed" test "$(find "$RUN_DIR/secrets" -mindepth 1 -maxdepth 1 | wc -l)" = 1
check "its replicas are the same processes" test "$(pids_of echo)" = "$replicas"
kill_and_wait echo-1
# first_has_key TEXT: the first replica answers with that secret within ten seconds.
first_has_key() {
  local _
  for _ in {1..40}; do
    [ "$(curl -s --max-time 5 -H 'Content-Type: application/json' -d "$HELLO" \
      "http://127.0.0.1:$WORKER_PORT_BASE/echo" | jq -r .key)" != "$(printf %s "$1" | sha256sum | cut -d ' ' -f 1)" ] || return 0
    sleep 0.25
  done
  return 1
}
check "also after a crash" first_has_key "key-of-round-$round"

echo "- a secret removed while the worker runs"
mv "$COPY/secrets/ECHO_KEY" "$COPY/secrets/away"
replicas=$(pids_of echo)
says "a deployment leaves the worker alone and says so" \
  '^warning: echo is not replaced: secret ECHO_KEY is missing: make secret NAME=ECHO_KEY$' make deploy
check "a start leaves it alone too" in_copy make start-project
check "its replicas are the same and answer" test "$(pids_of echo)" = "$replicas"
check "with the secret they began with" uses_key "key-of-round-$round"
says "make ps says so" '^ +echo +- +kept as it was \(secret ECHO_KEY is missing\)$' make ps

echo "- backup and restore"
mv "$COPY/secrets/away" "$COPY/secrets/ECHO_KEY"
total=$(rows)
check "a backup is made while the project runs" in_copy make backup TO="$COPY/.elsewhere"
check "it ends with files.tgz, and no part of an archive is left" \
  test "$(cd "$COPY/.elsewhere" && printf '%s ' *)" = "files.tgz fortress_echo-data.tgz "
ask echo '{"text":"after the backup"}' >/dev/null
# refuses_restore NAME PATTERN: make restore fails with this line and changes no data.
refuses_restore() {
  local output
  output=$(in_copy make restore FROM="$COPY/.elsewhere" 2>&1) && output="accepted: $output"
  if grep -q "^error: .*$2.*; nothing was changed$" <<<"$output" && [ "$(rows)" = $((total + 1)) ]; then pass "$1"; else fail "$1" "$output"; fi
}
archive=$(echo "$COPY"/.elsewhere/*_echo-data.tgz)
cp "$archive" "$COPY/.elsewhere/whole" && truncate -s -30 "$archive"
refuses_restore "a broken archive is refused" "is broken"
mv "$COPY/.elsewhere/whole" "$archive" && mv "$COPY/.elsewhere/files.tgz" "$COPY/.elsewhere/away"
refuses_restore "so is a backup that was interrupted" "is no complete backup"
mv "$COPY/.elsewhere/away" "$COPY/.elsewhere/files.tgz"
document() { curl -fsS --max-time 10 -o /dev/null --cacert "${CA_FILE:?}" "https://localhost:$HTTPS_PORT/openapi/echo.json"; }
check "the gateway has the worker's document in its cache" document
check "a restore while the project runs" in_copy make restore FROM="$COPY/.elsewhere"
check "the database is that of the backup" test "$(rows)" = "$total"
check "all of its data belongs to its owner" test -z "$(find "$data" ! -uid "$(stat -c %u "$data")")"

echo "- stop and start"
strays=()
if [ "$(id -u)" = 0 ]; then # as a worker could start them: without its session and its environment
  for folder in "$data" /tmp; do
    setpriv --reuid="$own" --regid="$own" --clear-groups env -i --chdir="$folder" bash -c 'trap "" TERM; for _ in {1..3000}; do sleep 0.1; done' &
    strays+=("$!")
    disown
  done
fi
mv "$COPY/secrets/ECHO_KEY" "$COPY/secrets/away"
check "the project stops without the secret" in_copy make stop-project
if [ "${#strays[@]}" -gt 0 ]; then
  check "it ends a process of the worker's account in its data folder" bash -c "! kill -0 ${strays[0]} 2>/dev/null"
  check "not one that may belong to another checkout" kill -9 "${strays[1]}"
fi
check "the data is in .state" test -f "$COPY/.state/data/echo-data/echo.sqlite"
check "and closed to others" test "$(stat -c %a "$COPY/.state/data/echo-data")" = 700
left=''
for path in "$RUN_DIR" "$DATA_DIR"; do [ "$path" = "$STATE_DIR" ] || [ ! -e "$path" ] || left+=" $path"; done
if [ -z "$left" ]; then pass "no folder is left outside the project"; else fail "no folder is left outside the project" "$left"; fi
write_secret last-key >/dev/null
check "the project starts" in_copy make start-project
check "the database is the same" test "$(rows)" = "$total"
check "the worker reads the new secret" uses_key last-key

echo "- fields that native mode cannot honour"
sed -i '/^  echo:/a\    env_file: .env' "$COPY/compose.yaml"
refused=$(in_copy make deploy 2>&1) && refused="accepted: $refused"
check "a deployment names worker and field" grep -q '^error: compose.yaml: echo: env_file: native mode cannot do this' <<<"$refused"
says "make ps works" '^ +echo-1 ' make ps
check "make stop-project works" in_copy make stop-project
says "make remove-worker says which secrets stay" '^Its secrets stay: secrets/ECHO_KEY$' make remove-worker NAME=echo FORCE=1
finish
