#!/usr/bin/env bash
# The project in containers on a separate Docker engine, with unchanged Dockerfiles and compose.yaml: smoke test,
# hardening, changes under load.
# shellcheck source=tests/engine/suite.sh
source "$(dirname "$0")/../engine/suite.sh"

# falls_back: the choice of a runtime on an engine without images and registry.
choice() { "$BUN" -e 'import { chooseRuntime } from "./ops/runtime.ts"; import { main } from "./ops/settings/fail.ts";
  await main(async () => { const { name, why } = await chooseRuntime(); console.log(name, why); });' 2>&1 | grep -v '^pulling'; }
falls_back() {
  local reason='the image [^ ]+ cannot be found or pulled' forced automatic
  [ -z "$(docker images -q)" ] || { echo "error: this check needs an engine without images" && return 1; }
  forced=$(RUNTIME=compose choice || true) automatic=$(RUNTIME='' choice || true)
  printf 'RUNTIME=compose: %s\nautomatic choice: %s\n' "$forced" "$automatic"
  [[ $forced =~ ^error:\ RUNTIME=compose\ is\ unavailable:\ $reason$ ]] && [[ $automatic =~ ^native\ $reason$ ]]
}

echo "- two starts (without Grafana: no registry, no Debian package)"
timed "an engine starts" tests/engine/start.sh
check "without images RUNTIME=compose fails with one line, and the automatic choice is native" falls_back
timed "stand-ins for the base images" tests/engine/stand-ins.sh
timed "compose.yaml is valid" docker compose config --quiet
timed "this Compose reads .env and compose.yaml as the project does" "$BUN" test ops/settings/compose-agrees.test.ts
check "also with ops/swarm/stack.yaml" docker compose -f compose.yaml -f ops/swarm/stack.yaml config --quiet
timed "the images are built" tests/engine/build-images.sh 3>&1
timed "make start-project" make start-project
eval "$("$BUN" tests/lib/target.ts)" # the worker under test
: "${TARGET_WORKER:?}" "${TARGET_REPLICAS:?}"
check "services match their images" bash -c \
  "docker compose -f compose.yaml --profile '*' config --format json | '$BUN' tests/engine/check-images.ts"
timed "the smoke test, unchanged" tests/run_tests.sh
started_again=$(make start-project)
check "make start-project again changes nothing" grep 'nothing to change' <<<"$started_again"
check "and builds nothing" test -z "$(grep building <<<"$started_again")"

echo "- the user's own certificate"
# shellcheck source=tests/engine/certificate.sh
source "$ROOT/tests/engine/certificate.sh"

echo "- hardening and size"
# shellcheck source=tests/engine/hardening-and-size.sh
source "$ROOT/tests/engine/hardening-and-size.sh"

echo "- changes under load"
# shellcheck source=tests/engine/changes-under-load.sh
source "$ROOT/tests/engine/changes-under-load.sh"

echo "- a new worker"
timed "make stop-project" make stop-project
# shellcheck source=tests/engine/new-worker.sh
source "$ROOT/tests/engine/new-worker.sh"

echo "- a worker with a secret, data and outbound access"
# shellcheck source=tests/engine/worker-fields.sh
source "$ROOT/tests/engine/worker-fields.sh"

echo "- deployments, rollbacks, a preview, a shadow and a canary"
cd "$ROOT"
# shellcheck source=tests/engine/releases.sh
source "$ROOT/tests/engine/releases.sh"

echo "- stop"
engine_stops
finish
