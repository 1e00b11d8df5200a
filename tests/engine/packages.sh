# shellcheck shell=bash
# Packages in images, in a copy of the project. Sourced by the suite addon-images while the project itself is stopped: both
# have the same Compose project name.
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/packages/worker.sh
source "$ROOT/tests/packages/worker.sh"

packages_in_images() {
  local before containers size umask
  images() { docker images --no-trunc --format '{{.Repository}} {{.ID}}' 'fortress/*:dev' | grep -v '^fortress/vision ' | sort; }
  make_copy # takes the EXIT trap over
  trap 'remove_copy; cleanup' EXIT
  # As a clone under umask 077.
  umask=$(umask)
  umask 077
  chmod -R go= "$COPY"
  timed "make start-project" in_copy make start-project
  before=$(images) containers=$(docker ps -q | sort)
  addon_worker vision
  timed "make start-project builds its image and runs it" in_copy make start-project
  check "the other images are the same" test "$(images)" = "$before"
  check "no container is replaced" test -z "$(comm -23 <(echo "$containers") <(docker ps -q | sort))"
  check "the worker answers" addon_worker_answers vision
  check "its healthcheck passes" test "$(docker ps -q --filter label=com.docker.compose.service=vision |
    xargs docker inspect -f '{{.State.Health.Status}} {{.RestartCount}}' | sort -u)" = "healthy 0"
  size=$(docker image inspect -f '{{.Size}}' fortress/vision:dev)
  printf '        its image: %s MB\n' $((size / 1000000))
  check "its image has no shell" bash -c "! docker run --rm --entrypoint /bin/sh fortress/vision:dev -c true 2>/dev/null"
  in_copy make add PACKAGE=deasync@0.1.32 >/dev/null 2>&1 || true
  sed -i '1i import deasync from "deasync"; console.error(deasync);' "$COPY/workers/vision.ts"
  check "an addon that Bun does not support is refused with one line" bash -c "cd '$COPY' && make deploy CHECK=no 2>&1 |
    grep -q '^error: .*workers/vision.ts: the package deasync has an addon for Node.s V8'"
  umask "$umask"
  check "its project stops" in_copy make stop-project
  docker image rm -f fortress/vision:dev >/dev/null
  remove_copy
  trap cleanup EXIT
}
if registry_answers; then packages_in_images; else skip "packages in images: the npm registry does not answer"; fi
