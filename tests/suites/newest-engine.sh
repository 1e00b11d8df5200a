#!/usr/bin/env bash
# The project on the newest Docker of Debian with the containerd image store, which identifies images differently.
# containers.sh tests the rest on the oldest supported engine. In a copy, with ports of its own: it runs beside other suites.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
make_copy
export ENGINE=newest
# shellcheck source=tests/engine/suite.sh
source "$COPY/tests/engine/suite.sh" # from here on ROOT is the copy
trap 'cleanup; remove_copy' EXIT
workers() { docker ps --no-trunc --format '{{.Names}} {{.ID}}' | grep -E -- "-($(worker_names | paste -sd '|'))-" | awk '{ print $2 }' | sort; }

check "an engine starts" tests/engine/start.sh
printf '        Docker %s, %s\n' "$(docker version --format '{{.Server.Version}}')" "$(docker info --format '{{.Driver}} {{json .DriverStatus}}')"
check "its images are in containerd" bash -c "docker info --format '{{json .DriverStatus}}' | grep -q containerd.snapshotter"
check "stand-ins for the base images" tests/engine/stand-ins.sh
check "the images are built" tests/engine/build-images.sh 3>&1
check "make start-project" make start-project
before=$(workers)
check "make start-project again changes nothing" bash -c 'make start-project | grep "nothing to change"'
check "and replaces no worker" test "$before" = "$(workers)"
check "the smoke test, unchanged" tests/run_tests.sh
check "make deploy replaces every worker" env VERSION=newest bash -c 'make deploy | grep "replicas replaced"'
check "no old worker container is left" test "$(comm -12 <(echo "$before") <(workers) | wc -l)" -eq 0
check "make stop-project" make stop-project
engine_stops
remove_copy
finish
