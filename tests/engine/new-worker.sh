# shellcheck shell=bash
# A scaffolded worker in containers, in a copy of the project. Sourced by the containers suite while the project itself
# is stopped: both have the same Compose project name.
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/lib/own-api.sh
source "$ROOT/tests/lib/own-api.sh"

make_copy # takes the EXIT trap over
trap 'remove_copy; cleanup' EXIT
# As a clone under umask 077: images are built from it and containers read mounted files.
umask=$(umask)
umask 077
chmod -R go= "$COPY"
name="own-$RANDOM"
check "make new-worker NAME=$name" in_copy make new-worker "NAME=$name"
timed "make start-project builds its image and runs it" in_copy make start-project
own_api_settings
own_api_answers
# its_gateway: container, image and start time.
its_gateway() { docker inspect -f '{{.Id}} {{.Image}} {{.State.StartedAt}}' "$(docker ps -q --filter label=com.docker.compose.service=gateway)"; }
description() { "${ask[@]}" "https://localhost:$HTTPS_PORT/openapi/$name.json" | jq -r .info.description; }
before=$(its_gateway)
sed -i 's/^  description: "[^"]*/& (changed)/' "$COPY/workers/$name.ts"
timed "make deploy with another description" in_copy make deploy
check "its OpenAPI document has the new description" grep '(changed)$' <<<"$(description)"
check "the gateway's container and image are unchanged" test "$(its_gateway)" = "$before"
timed "make start-project" in_copy make start-project
check "also after another start" test "$(its_gateway)" = "$before"
check "it runs as two containers" test "$(docker ps -q --filter "label=com.docker.compose.service=$name" | wc -l)" -eq 2
for service in log-exporter prometheus blackbox-exporter alertmanager gateway; do
  check "$service runs without a restart" test \
    "$(docker compose ps -q "$service" | xargs docker inspect -f '{{.State.Status}} {{.RestartCount}}')" = "running 0"
done
umask "$umask"
check "its project stops" in_copy make stop-project
remove_copy
trap cleanup EXIT
