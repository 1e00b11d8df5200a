# shellcheck shell=bash disable=SC2154 # COPY comes from the suite that sources this
# A worker with two native addons, in a copy of the project: onnxruntime-node with a model file, and sharp.
ADDONS='onnxruntime-node@1.30.0 sharp@0.35.5'

registry_answers() { timeout 20 "$BUN" pm view ibantools version >/dev/null 2>&1; }

# addon_worker NAME: adds the packages and writes the worker.
addon_worker() {
  check "make new-worker NAME=$1" in_copy make new-worker "NAME=$1"
  check "make add PACKAGE='$ADDONS' names both addons" bash -c "cd '$COPY' && make add PACKAGE='$ADDONS' | tee /dev/stderr |
    grep -c '^added .* a native addon ([0-9]* MB beside the bundle); ' | grep -qx 2"
  sed "s/NAME/$1/g" "$ROOT/tests/packages/worker.txt" >"$COPY/workers/$1.ts"
  rm "$COPY/workers/$1.test.ts"
  "$BUN" "$ROOT/tests/packages/onnx-model.ts" "$COPY/workers/double.onnx"
}

# addon_worker_answers NAME: 16, 32 and 48, doubled by the model.
addon_worker_answers() {
  local answer
  eval "$(in_copy "$BUN" ops/cli.ts settings)"
  answer=$(curl -sS --max-time 20 --cacert "${CA_FILE:?}" -u "${GATEWAY_USER:?}:${GATEWAY_PASSWORD:?}" \
    -H 'Content-Type: application/json' -d '{"color":"#102030"}' "https://localhost:${HTTPS_PORT:?}/$1")
  echo "$answer"
  [ "$answer" = '{"doubled":[32,64,96]}' ]
}
