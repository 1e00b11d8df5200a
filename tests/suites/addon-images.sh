#!/usr/bin/env bash
# Images of workers with native addons, on Docker 20.10.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/engine/env.sh
source "$ROOT/tests/engine/env.sh"
export RUNTIME=compose COMPOSE_FILE=compose.yaml:tests/engine/without-grafana.yaml

RUNTIME=native make stop-project >/dev/null # it uses the ports
cleanup() {
  make stop-project >/dev/null 2>&1 || true
  tests/engine/stop.sh
}
trap cleanup EXIT

timed "an engine starts" tests/engine/start.sh
timed "stand-ins for the base images" tests/engine/stand-ins.sh
# shellcheck source=tests/engine/packages.sh
source "$ROOT/tests/engine/packages.sh"
trap - EXIT
timed "the engine stops" tests/engine/stop.sh
finish
