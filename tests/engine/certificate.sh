# shellcheck shell=bash
# Sourced by the containers suite: the user's own certificate replaces the generated one and is renewed without
# replacing a container; then the generated one is restored.
own=$(mktemp -d)
port=$("$BUN" ops/cli.ts settings | sed -n "s/^HTTPS_PORT='\(.*\)'/\1/p")
# new_certificate: another self-signed pair for localhost, under the same names.
new_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 60 -subj /CN=own \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$own/key" -out "$own/crt" 2>/dev/null
}
serial() { openssl x509 -noout -serial "$@" 2>/dev/null || true; }
# serves NAME CERTIFICATE: waits up to 5 s for the new worker processes of nginx.
serves() {
  local wire
  for _ in {1..50}; do
    wire=$(openssl s_client -connect "127.0.0.1:$port" -servername localhost </dev/null 2>/dev/null | serial || true)
    [ "$wire" != "$(serial -in "$2")" ] || break
    sleep 0.1
  done
  if [ "$wire" = "$(serial -in "$2")" ]; then pass "$1"; else fail "$1" "served: $wire, $2: $(serial -in "$2")"; fi
}
with_own() { TLS_CERT_FILE=$own/crt TLS_KEY_FILE=$own/key "$@"; }

containers=$(docker ps -q | sort)
new_certificate
check "make start-project with TLS_CERT_FILE" with_own make start-project
serves "it is served, and the readiness check verifies it" "$own/crt"
new_certificate
check "make reload after a renewal" with_own make reload
serves "the renewed one is served" "$own/crt"
check "the key of another certificate is refused" bash -c "! TLS_CERT_FILE='$own/crt' make start-project"
check "make start-project without TLS_CERT_FILE" make start-project
serves "the generated one is served again" gateway/certs/nginx.crt
check "no container was replaced" test "$(docker ps -q | sort)" = "$containers"
check "no alert in nginx's logs" bash -c "! docker compose logs --no-color gateway verifier-new verifier-recent 2>&1 | grep -E '\[(alert|emerg)\]'"
rm -rf "$own"
