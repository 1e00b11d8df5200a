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
  # By name: a pattern would hand the container your other variables too, secrets among them.
  pass=()
  for name in BASE_URL SUMMARY_FILE SSL_CERT_FILE CA_FILE CONTROL_URL PROMETHEUS_URL GATEWAYS GATEWAY_ADDRESS \
    GATEWAY_USER GATEWAY_PASSWORD HTTPS_PORT PROMETHEUS_PORT RATE_LIMIT RATE_BURST RATE_LIMIT_STATUS WORKER REPLICAS \
    PHASE DURATION RATE STEPS STEP_SECONDS SLO_P99 MIN_RATE SLOPE_LIMIT K6_WEB_DASHBOARD K6_WEB_DASHBOARD_EXPORT \
    K6_WEB_DASHBOARD_PORT K6_WEB_DASHBOARD_PERIOD; do
    [ -z "${!name+set}" ] || pass+=(-e "$name")
  done
  cd "$root"
  exec docker compose --profile loadtest run --rm "${pass[@]}" k6 "$@"
fi
echo "error: k6 is missing: install k6 2.x (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Go 1.25 to build it" >&2
exit 1
