#!/usr/bin/env bash
# Every command of docs/workers.md, in a copy of the project.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

make_copy
settings=$(in_copy "$BUN" ops/cli.ts settings)
eval "$settings"
mkdir "$COPY/bin"
ln -s "$BUN" "$COPY/bin/bun"
export PATH="$COPY/bin:$PATH" HTTPS_PORT=${HTTPS_PORT:?}
FREE_PORT=$(free_block 1) "$BUN" tests/guide.ts docs/workers.md "$COPY"
