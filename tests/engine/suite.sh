# shellcheck shell=bash
# Sourced by the suites that run the project on an engine of their own: its environment, start and end. ENGINE: see env.sh.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/suite.sh"
# shellcheck source=tests/engine/env.sh
source "$ROOT/tests/engine/env.sh"
export RUNTIME=compose COMPOSE_FILE=compose.yaml:tests/engine/without-grafana.yaml

RUNTIME=native make stop-project >/dev/null # it uses the ports
cleanup() {
  make stop-project >/dev/null 2>&1 || true
  tests/engine/stop.sh
}
trap cleanup EXIT
engine_stops() {
  check "no container is left" test -z "$(docker ps -aq)"
  trap - EXIT
  timed "the engine stops" tests/engine/stop.sh
  check "no process, bridge, mount or firewall rule is left" tests/engine/stop.sh check
}
