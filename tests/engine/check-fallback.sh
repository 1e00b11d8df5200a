#!/usr/bin/env bash
# An engine that answers, but has no images and reaches no registry: asked for containers, the start refuses in one
# line; left to choose, it takes native processes and says why in one line.
# shellcheck source=tests/engine/env.sh
source "$(dirname "$0")/env.sh"
cd "$ROOT"
bun="$ROOT/.tools/bun/node_modules/.bin/bun"
reason='the image [^ ]+ can be neither found nor pulled'
choice() { "$bun" -e 'import { chooseRuntime } from "./ops/runtime.ts"; import { main } from "./ops/settings/fail.ts";
  await main(async () => { const { name, why } = await chooseRuntime(); console.log(name, why); });' 2>&1 | grep -v '^pulling'; }
[ -z "$(docker images -q)" ] || die "this check needs an engine without images"
forced=$(RUNTIME=compose choice || true)
[[ $forced =~ ^error:\ RUNTIME=compose\ is\ unavailable:\ $reason$ ]] || die "RUNTIME=compose said: $forced"
automatic=$(RUNTIME='' choice || true)
[[ $automatic =~ ^native\ $reason$ ]] || die "the automatic choice said: $automatic"
