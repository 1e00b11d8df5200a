#!/usr/bin/env bash
# make new-worker, make dev and make remove-worker in a copy of the project; then without the project's workers.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/lib/own-api.sh
source "$ROOT/tests/lib/own-api.sh"

make_copy
commit() { in_copy git add -A && in_copy git -c user.name=test -c user.email=test@localhost commit -qm "$1"; }
in_copy git init -q
commit start
name="own-$RANDOM"
clean() { [ -z "$(in_copy git status --porcelain)" ]; }

# with_compose COMMAND...: in the copy, with the installed Docker Compose or that of tests/engine/start.sh. Needs no
# engine.
engine="$ROOT/.tools/engine"
with_compose() {
  if docker compose version >/dev/null 2>&1; then in_copy "$@"; else
    in_copy env PATH="$engine/root/usr/bin:$PATH" DOCKER_CONFIG="$engine/config" "$@"
  fi
}
# definitions TEXT: Compose accepts compose.yaml, alone and with stack.yaml.
definitions() {
  if ! with_compose docker compose version >/dev/null 2>&1; then
    skip "docker compose config $1: Docker Compose is missing"
    return
  fi
  check "docker compose config $1" with_compose docker compose config --quiet
  check "docker compose config with stack.yaml $1" with_compose docker compose -f compose.yaml -f ops/swarm/stack.yaml config --quiet
}
# on_swarm NAME: the deploy section of a worker in the rendered stack.
on_swarm() {
  # shellcheck disable=SC2016 # JavaScript
  with_compose env NAME="$1" "$BUN" -e 'import { stackModel } from "./ops/swarm/model.ts";
    import { render } from "./ops/swarm/render.ts";
    const [name, model] = [process.env.NAME, stackModel()];
    const { services } = render({ ...model, services: { [name]: model.services[name] }, secrets: {} }, "s", {}, "key");
    console.log(JSON.stringify(services[name].deploy));' |
    jq -e '.endpoint_mode == "dnsrr" and .update_config.order == "start-first" and .replicas == 4'
}

# refused NAME PATTERN: make new-worker fails with a matching error and changes nothing.
refused() {
  local output code=0
  output=$(in_copy make new-worker "NAME=$1" 2>&1) || code=$?
  if [ "$code" -ne 0 ] && [[ $output =~ $2 ]] && clean; then
    pass "the name '$1' is refused: ${output%%$'\n'*}"
  else
    fail "the name '$1' is refused" "$output"
  fi
}

echo "- names"
refused "" 'name the worker'
refused "My_API" 'lower-case words'
refused "../evil" 'lower-case words'
refused "$(in_copy worker_names | head -n 1)" 'already has a service'
refused "docs" 'answers /docs already'
refused "runtime" 'workers/runtime already exists'

echo "- the scaffold"
check "make new-worker NAME=$name" in_copy make new-worker "NAME=$name"
lines=$(wc -l <"$COPY/workers/$name.ts")
check "the worker has at most 25 lines (it has $lines)" test "$lines" -le 25
check "a second make new-worker is refused" bash -c "! make -C '$COPY' new-worker NAME=$name"
check "compose.yaml has only added lines" test "$(in_copy git diff --numstat compose.yaml | cut -f 2)" = 0
check "Biome accepts it" in_copy node_modules/.bin/biome check .
check "its types are valid" in_copy node_modules/.bin/tsc --noEmit -p .
check "the types of its load test are valid" in_copy node_modules/.bin/tsc --noEmit -p loadtests
check "its unit test passes" in_copy "$BUN" test "workers/$name.test.ts"
definitions "with it"
if with_compose docker compose version >/dev/null 2>&1; then
  check "the rendered stack has start-first updates and twice its replicas" on_swarm "$name"
fi

echo "- running"
check "make start-project" in_copy make start-project
own_api_settings
own_api_answers
if loadtests/k6/k6.sh version >/dev/null 2>&1; then
  check "its load test passes" in_copy make loadtest "NAME=$name"
else
  skip "its load test: needs k6 2.x, or Go 1.25 to build it"
fi

echo "- make dev"
# answers TEXT: waits a minute for an answer that contains it.
answers() {
  local _
  for _ in {1..120}; do
    [[ $("${ask[@]}" "${auth[@]}" -d "$hello" "$url" 2>/dev/null) != *"$1"* ]] || return 0
    sleep 0.5
  done
  return 1
}
# Without the runtime's slow tests.
in_copy find workers -name '*.test.ts' ! -name "$name.test.ts" -delete
dev_log=$(mktemp)
(cd "$COPY" && exec setsid make dev) >"$dev_log" 2>&1 &
dev=$!
logged() { timeout 90 bash -c "until grep -q '$1' '$dev_log'; do sleep 0.2; done"; }
check "types are checked" logged '^types .*Found 0 errors'
check "tests are run" logged '^tests .* 0 fail'
sed -i 's/characters:/letters:/' "$COPY/workers/$name.ts"
check "a changed source is served without another command" answers '"letters":12'
check "its test fails" logged '^tests .* [1-9][0-9]* fail'
sed -i 's/letters:/characters:/' "$COPY/workers/$name.ts"
kill -INT -- "-$dev"
wait "$dev" || true
check "Ctrl-C restores the normal workers" answers '"characters":12'
check "no watch process is left" bash -c "! pgrep -f -- '[-]-watch .*$COPY/workers'"
rm -f "$dev_log"
in_copy git checkout -q -- workers

echo "- make remove-worker"
echo "// an idea" >>"$COPY/workers/$name.ts"
check "uncommitted work is not removed" bash -c "! make -C '$COPY' remove-worker NAME=$name"
in_copy sed -i '/an idea/d' "workers/$name.ts"
check "make remove-worker NAME=$name" in_copy make remove-worker "NAME=$name"
check "git status is clean" clean
check "its logs are removed" test -z "$(find "$COPY/.state/logs" -name "$name-*")"
check "make start-project stops it" in_copy make start-project
check "its path is 404" test "$(status "${auth[@]}" -d "$hello")" = 404
check "the project stops" in_copy make stop-project

# Without the project's workers and their examples, the project works with one scaffolded worker.
echo "- without the project's workers"
check "make new-worker NAME=$name" in_copy make new-worker "NAME=$name"
for worker in $(in_copy worker_names | tac); do # versions of a path before its default
  [ "$worker" != "$name" ] || continue
  commit "before $worker" # uncommitted files are not removed
  check "make remove-worker NAME=$worker" in_copy make remove-worker "NAME=$worker"
done
definitions "without them"
check "Biome accepts it" in_copy node_modules/.bin/biome check .
check "its types are valid" in_copy node_modules/.bin/tsc --noEmit -p .
check "the types of the load tests are valid" in_copy node_modules/.bin/tsc --noEmit -p loadtests
check "the gateway's configuration is valid" in_copy tests/check-nginx.sh native
chmod 755 "$COPY" # some of them run as nobody
check "the unit tests pass" in_copy "$BUN" test --parallel="$(nproc)" --timeout 20000
check "the project starts" in_copy make start-project
check "the smoke test passes" in_copy tests/run_tests.sh
check "the project stops" in_copy make stop-project
finish
