#!/usr/bin/env bash
# Builds the project's images before a suite starts them: their packages come from the network, which is not what the
# suites test, so an attempt that fails is made again, twice at most, and says so.
# shellcheck source=.ci/engine/env.sh
source "$(dirname "$0")/env.sh"
cd "$ROOT"
bun="$ROOT/.tools/bun/node_modules/.bin/bun"
for attempt in 1 2 3; do
  if output=$("$bun" -e 'import { build } from "./ops/compose/prepare.ts"; build()' 2>&1); then exit 0; fi
  say "attempt $attempt to build the images failed: $(tail -n 5 <<<"$output")"
  sleep $((attempt * 10))
done
die "the images cannot be built; run: docker compose build"
