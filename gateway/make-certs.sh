#!/usr/bin/env bash
# A self-signed certificate for this machine, made once: EC P-256, for localhost, 127.0.0.1 and ::1.
# Extra names: make gen-certs SERVER_NAMES="localhost 127.0.0.1 api.example.org"
set -euo pipefail
cd "$(dirname "$0")"
readonly days=397 # the longest that browsers accept

if [ "${1:-}" != --force ] && [ -s certs/nginx.crt ] && [ -s certs/nginx.key ]; then exit 0; fi
command -v openssl >/dev/null || { echo "error: openssl is missing: apt-get install openssl" >&2; exit 1; }

san="DNS:localhost,IP:127.0.0.1,IP:::1"
for name in ${SERVER_NAMES:-}; do
  case "$name" in
    localhost | 127.0.0.1) ;;
    *[!0-9.]*) san="$san,DNS:$name" ;;
    *) san="$san,IP:$name" ;;
  esac
done

umask 077
mkdir -p certs
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days "$days" -subj "/CN=localhost" \
  -addext "subjectAltName=$san" -addext "basicConstraints=critical,CA:FALSE" \
  -addext "keyUsage=critical,digitalSignature" -addext "extendedKeyUsage=serverAuth" \
  -keyout certs/nginx.key.new -out certs/nginx.crt.new 2>/dev/null
mv certs/nginx.key.new certs/nginx.key
mv certs/nginx.crt.new certs/nginx.crt
chmod 644 certs/nginx.crt
echo "certificate: gateway/certs/nginx.crt ($san, $days days)"
