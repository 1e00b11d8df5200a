#!/usr/bin/env bash
# Images of workers with native addons, on Docker 20.10.
# shellcheck source=tests/engine/suite.sh
source "$(dirname "$0")/../engine/suite.sh"

timed "an engine starts" tests/engine/start.sh
timed "stand-ins for the base images" tests/engine/stand-ins.sh
# shellcheck source=tests/engine/packages.sh
source "$ROOT/tests/engine/packages.sh"
engine_stops
finish
