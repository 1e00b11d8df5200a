#!/usr/bin/env bash
# Every command of docs/own-model.md in a copy: a model from a CSV, and an ONNX file as a worker.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"
PATH=$(dirname "$BUN"):$PATH
PAGE=docs/own-model.md

make_copy
trap 'remove_copy; rm -rf /tmp/onnx-training' EXIT
in_copy git init -q
in_copy git add -A
in_copy git -c user.name=test -c user.email=test@localhost commit -qm start
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}"
check "the committed model serves in a copy" in_copy make start-project

# The ONNX part installs packages of npm and PyPI.
reachable() { curl -fsS --max-time 10 -o /dev/null "$1"; }
if ! reachable https://registry.npmjs.org/onnxruntime-node || ! reachable https://pypi.org/simple/skl2onnx/; then
  skip "the ONNX worker: npm or PyPI is unreachable"
  sed -i '/^## An ONNX model/,$d' "$COPY/$PAGE"
fi
guide=$(mktemp)
HTTPS_PORT=$HTTPS_PORT "$BUN" tests/guide.ts "$PAGE" "$COPY" | tee "$guide" | sed '$d' || true
read -r passed _ failed _ < <(tail -n 1 "$guide")
rm -f "$guide"
PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))

echo "- with the other model"
artifact() { (cd "$COPY/model/artifact" && sha256sum emotion.bin emotion.json); }
before=$(artifact)
printf 'text,label\nhello,\n' >"$COPY/broken.csv"
check "a CSV with an empty label is refused with its line" \
  grep -q '^error: broken.csv, line 2: the label is empty$' <(in_copy make train-own CSV=broken.csv 2>&1)
check "the model is unchanged after that" test "$(artifact)" = "$before"
started=$SECONDS
check "make train-own" in_copy make train-own CSV=tickets.csv
echo "  the training took $((SECONDS - started)) s"
check "it is byte for byte the same after a second training" test "$(artifact)" != "$before" -a \
  "$(artifact)" = "$(in_copy make train-own CSV=tickets.csv >/dev/null && artifact)"
check "make deploy" in_copy make deploy
check "the types are valid" in_copy node_modules/.bin/tsc --noEmit -p .
check "the unit tests of model and workers pass" in_copy "$BUN" test model workers/emotion.test.ts
check "the suites smoke, contract and model pass" in_copy make test ONLY='smoke contract model'
finish
