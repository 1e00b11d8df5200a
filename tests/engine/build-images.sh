#!/usr/bin/env bash
# Builds the project's images, with two retries: packages come from the network, which the suites do not test. Failed
# attempts are printed to file descriptor 3 where it is open, because a check that passes hides its output.
# shellcheck source=tests/engine/env.sh
source "$(dirname "$0")/env.sh"
cd "$ROOT"
{ true >&3; } 2>/dev/null || exec 3>&1
bun="$ROOT/.tools/bun/node_modules/.bin/bun"
build='import { main } from "./ops/settings/fail.ts"; import { workers } from "./ops/settings/project.ts";
  import { buildOthers, buildWorkers } from "./ops/host/docker/worker-images.ts";
  await main(async () => { await buildWorkers(workers().map(({ name }) => name)); buildOthers(); });'
for attempt in 1 2 3; do
  if output=$("$bun" -e "$build" 2>&1); then exit 0; fi
  say "attempt $attempt to build the images failed: $output" >&3
  [ "$attempt" = 3 ] || sleep $((attempt * 10))
done
printf '%s\n' "$output" >&2
exit 1
