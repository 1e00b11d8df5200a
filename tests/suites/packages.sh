#!/usr/bin/env bash
# Packages from npm: make add, a deployment of one worker, native addons, refused addons. Native mode; the containers suite
# has the images.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
# shellcheck source=tests/packages/worker.sh
source "$ROOT/tests/packages/worker.sh"

# refused NAME PATTERN COMMAND...: fails with one error line that matches.
refused() {
  local name=$1 pattern=$2 output code=0
  shift 2
  output=$(in_copy "$@" 2>&1) || code=$?
  if [ "$code" -ne 0 ] && [ "$(grep -c '^error: ' <<<"$output")" -eq 1 ] && grep -qE "$pattern" <<<"$output"; then
    pass "$name: $(grep '^error: ' <<<"$output")"
  else
    fail "$name" "$* -> exit code $code: $output"
  fi
}

make_copy_of echo other
refused "make add without a name" '^error: name the package: ' make add
refused "make add of a path" '^error: PACKAGE: \.\./x is not ' make add PACKAGE=../x
if ! registry_answers; then
  skip "packages: the npm registry does not answer"
  finish
  exit
fi

echo "- a package for one worker"
replicas() { in_copy make ps | awk '$3 == "online" && $1 ~ /-[0-9]+$/ { print $1, $2 }' | sort; }
replicas_but() { replicas | grep -v "^$1-"; }
check "make start-project" in_copy make start-project
before=$(replicas)
added=$(in_copy make add PACKAGE=ibantools@4.5.0 2>&1)
check "make add says what to do next: $added" grep -qx 'added ibantools 4.5.0; import it in a worker, then run: make deploy' <<<"$added"
check "package.json has the exact version" jq -e '.dependencies.ibantools == "4.5.0"' "$COPY/package.json"
check "bun.lock has it" grep -q '"ibantools@4.5.0"' "$COPY/bun.lock"
check "make deploy without an import has nothing to do" bash -c "cd '$COPY' && make deploy | grep -q '^nothing to deploy'"
sed -i '1i import { isValidIBAN } from "ibantools";' "$COPY/workers/other.ts"
# shellcheck disable=SC2016 # JavaScript
sed -i 's/characters: \[\.\.\.body\.text\.trim()\]\.length/characters: isValidIBAN(body.text) ? 1 : 2/' "$COPY/workers/other.ts"
check "make deploy with an import" in_copy make deploy
check "the worker is replaced" test "$(replicas | grep '^other-')" != "$(grep '^other-' <<<"$before")"
check "the others are not" test "$(replicas_but other)" = "$(grep -v '^other-' <<<"$before")"

echo "- native addons"
before=$(replicas)
addon_worker vision
check "make start-project" in_copy make start-project
check "the worker answers" addon_worker_answers vision
check "the others are not replaced" test "$(replicas_but vision)" = "$before"
bundles="$(in_copy "$BUN" -e 'console.log((await import("./ops/native/paths.ts")).RUN_DIR)')/workers"
check "nobody but the worker's account can read the packages" \
  test -z "$(find "$bundles" -path '*/vision/packages-*' ! -type l -perm /o=rwx)"
check "they have no files for other platforms" test -z "$(find "$bundles" -name '*.dll' -o -name '*.dylib' -o -path '*arm64*.node')"
sed -i 's/description: "Doubles/& and redoubles/' "$COPY/workers/vision.ts"
check "make deploy with another description" in_copy make deploy
kept=$(find "$COPY/.state/versions/vision" -mindepth 1 -maxdepth 1 -printf '%f\n' | sed -E 's/^(packages)-.*|^[0-9a-f]{12}$/\1/' | sort | uniq -c | xargs)
check "both versions are kept and share their packages" test "$kept" = "2 1 packages"
check "the worker answers" addon_worker_answers vision
check "it starts from the working tree, as in make dev" in_copy env WATCH=1 make start-project
check "the worker answers" addon_worker_answers vision
check "make start-project" in_copy make start-project

echo "- refused addons"
before=$(replicas)
refused "make add of an addon for another engine" '^error: deasync 0.1.32 is added, but no worker can use it: .* V8' \
  make add PACKAGE=deasync@0.1.32
refused "make add of an addon that a script makes" '^error: better-sqlite3 11.0.0 .*; use bun:sqlite instead$' \
  make add PACKAGE=better-sqlite3@11.0.0
sed -i '1i import Database from "better-sqlite3";' "$COPY/workers/other.ts"
echo 'console.error(Database);' >>"$COPY/workers/other.ts"
refused "make deploy of a worker that imports it" \
  '^error: workers/other.ts: the package better-sqlite3 has an addon .*; use bun:sqlite instead$' make deploy CHECK=no
check "no replica is replaced" test "$(replicas)" = "$before"
finish
