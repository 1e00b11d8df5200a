#!/usr/bin/env bash
# Creates a self-signed certificate, EC P-256, for localhost, 127.0.0.1, ::1 and every name of SERVER_NAMES. Renews it
# when the names changed or it expires within 30 days (--force: always). A certificate with another subject was not
# created here and is left unchanged. Uses only options that LibreSSL, the openssl of macOS, has too.
set -euo pipefail
cd "$(dirname "$0")"
readonly days=397 renew_before=$((30 * 86400)) # the maximum of browsers; when make doctor warns
readonly organization='Fortress, self-signed'

command -v openssl >/dev/null || { echo "error: openssl is missing; install it with this system's package manager" >&2; exit 1; }

san="DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1"
for name in ${SERVER_NAMES:-}; do
  case "$name" in
    localhost | 127.0.0.1) ;;
    *[!0-9.]*) san="$san,DNS:$name" ;;
    *) san="$san,IP:$name" ;;
  esac
done

# Prints why a new certificate is needed; nothing if the old one is valid.
reason() {
  local names
  if [ "${1:-}" = --force ]; then echo "make gen-certs asked for one" && return; fi
  if [ ! -s certs/nginx.crt ] || [ ! -s certs/nginx.key ]; then echo "there was none" && return; fi
  openssl x509 -in certs/nginx.crt -noout -subject -nameopt oneline,-esc_msb 2>/dev/null |
    grep -q "O = \"$organization\"" || return 0
  names=$(openssl x509 -in certs/nginx.crt -noout -text | sed -n 's/IP Address/IP/g; s/, /,/g; s/^ *\(DNS:.*\)/\1/p')
  if [ "$names" != "$san" ]; then echo "SERVER_NAMES changed" && return; fi
  openssl x509 -in certs/nginx.crt -noout -checkend "$renew_before" >/dev/null || echo "the old one ends within 30 days"
}
why=$(reason "${1:-}")
[ -n "$why" ] || exit 0

umask 077
mkdir -p certs
openssl ecparam -name prime256v1 -genkey -noout -out certs/nginx.key.new
openssl req -x509 -new -sha256 -days "$days" -key certs/nginx.key.new -out certs/nginx.crt.new -config <(
  printf '%s\n' '[req]' prompt=no distinguished_name=subject x509_extensions=server \
    '[subject]' "O=$organization" CN=localhost \
    '[server]' "subjectAltName=$san" basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
    extendedKeyUsage=serverAuth subjectKeyIdentifier=hash
)
mv certs/nginx.key.new certs/nginx.key
mv certs/nginx.crt.new certs/nginx.crt
chmod 644 certs/nginx.crt
echo "wrote a new certificate to gateway/certs/nginx.crt, valid for $days days, because $why: $(sed 's/DNS://g; s/IP://g; s/,/, /g' <<<"$san")"
if [ "${1:-}" = --force ]; then
  echo "a running gateway uses it after: make reload; clients that trust the old one then need the new file"
fi
