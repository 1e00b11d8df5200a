#!/usr/bin/env bash
# Runs k6 from the first of: PATH, .tools/k6, a build from source (go.mod and go.sum here pin it and its dependencies), the
# Compose profile "loadtest".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly own="$root/.tools/k6/k6"
version=$(sed -n 's#^\(require\)\{0,1\}[[:space:]]*go.k6.io/k6/v2 \(v[0-9.]*\).*#\2#p' "$here/go.mod")

# Unlike `go install go.k6.io/k6/v2@…`, this uses the versions in go.mod and go.sum only.
build() {
  printf 'k6: building %s from source, a few minutes, once\n' "$version" >&2
  mkdir -p "$(dirname "$own")"
  (cd "$here" && CGO_ENABLED=0 GOFLAGS='' go build -mod=readonly -trimpath -ldflags='-s -w' -o "$own" go.k6.io/k6/v2) >&2
}
has_go() { [ "$(go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')" -ge 25 ] 2>/dev/null; }

if k6 version 2>/dev/null | grep -q '^k6.* v2\.'; then exec k6 "$@"; fi
if "$own" version 2>/dev/null | grep -q " $version "; then exec "$own" "$@"; fi
if has_go && build; then exec "$own" "$@"; fi
if docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
  pass=() # what a script may read; an own setting of yours is in none of these names
  settings='BASE_URL|SUMMARY_FILE|.*_FILE|.*_ADDRESS|.*_URL|.*_PORT|GATEWAY_.*|RATE.*|DURATION|WORKER|REPLICAS|STEPS|STEP_SECONDS|SLO_P99|MIN_RATE|SLOPE_LIMIT'
  while read -r name; do pass+=(-e "$name"); done < <(compgen -e | grep -E "^($settings|K6_.*)\$")
  cd "$root"
  exec docker compose --profile loadtest run --rm "${pass[@]}" k6 "$@"
fi
echo "error: k6 is missing: install k6 2.x (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Go 1.25 to build it" >&2
exit 1
