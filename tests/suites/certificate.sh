#!/usr/bin/env bash
# Certificates: the user's own (TLS_CERT_FILE), refused ones, the generated one with its renewal; and a low limit of open
# files.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"
# shellcheck source=tests/lib/copy.sh
source "$ROOT/tests/lib/copy.sh"

ops/bootstrap.sh nginx openssl curl
make_copy_of echo
pki=$COPY/pki
mkdir "$pki"
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$pki/$1.key"; }
# issue NAME DAYS HOST: NAME.crt and NAME.key for HOST, signed by the CA. Days may be negative: expired.
issue() {
  new_key "$1"
  openssl req -new -key "$pki/$1.key" -subj "/CN=$3" -out "$pki/$1.csr"
  openssl x509 -req -in "$pki/$1.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days "$2" \
    -extfile <(printf 'subjectAltName=DNS:%s\n' "$3") -out "$pki/$1.crt" 2>/dev/null
}
new_key ca
openssl req -x509 -key "$pki/ca.key" -days 90 -subj '/CN=Test CA' -addext basicConstraints=critical,CA:TRUE -out "$pki/ca.crt"
issue good 90 api.example.org
issue next 90 api.example.org
issue over -1 api.example.org
printf 'hello\n' >"$pki/text"

# own CERTIFICATE KEY [CA]: sets them in the copy's .env.
cp "$COPY/.env" "$COPY/.env.ports"
own() {
  cp "$COPY/.env.ports" "$COPY/.env"
  printf 'SERVER_NAMES=localhost 127.0.0.1 api.example.org\nTLS_CERT_FILE=%s\nTLS_KEY_FILE=%s\nTLS_CA_FILE=%s\n' \
    "$1" "$2" "${3:-}" >>"$COPY/.env"
}
nothing_runs() { ! in_copy make ps | grep -q online; }
# refuses NAME PATTERN: the start fails with one error line that matches, and nothing runs.
refuses() {
  local output code=0
  output=$(in_copy make start-project 2>&1) || code=$?
  output=$(grep -v '^make' <<<"$output")
  if [ "$code" -ne 0 ] && [[ $output =~ $2 ]] && [ "$(grep -c . <<<"$output")" -eq 1 ] && nothing_runs; then
    pass "$1: $output"
  else
    fail "$1" "make start-project -> exit code $code: $output"
  fi
}

echo "- refused certificates"
own "$pki/nowhere.crt" "$pki/good.key" "$pki/ca.crt"
refuses "a missing file" '^error: TLS_CERT_FILE: .*nowhere.crt cannot be read \(ENOENT\)'
own "$pki" "$pki/good.key" "$pki/ca.crt"
refuses "a folder" '^error: TLS_CERT_FILE: .* cannot be read \(EISDIR\)'
own "$pki/text" "$pki/good.key" "$pki/ca.crt"
refuses "a file without a certificate" '^error: TLS_CERT_FILE: .*text holds no certificate'
own "$pki/good.crt" "$pki/text" "$pki/ca.crt"
refuses "a file without a key" '^error: TLS_KEY_FILE: .*text holds no private key'
own "$pki/good.crt" "$pki/next.key" "$pki/ca.crt"
refuses "the key of another certificate" '^error: TLS_KEY_FILE: .*next.key is not the key of .*good.crt'
own "$pki/over.crt" "$pki/over.key" "$pki/ca.crt"
refuses "an expired certificate" '^error: TLS_CERT_FILE: .*over.crt expired on '
own "$pki/good.crt" "$pki/good.key"
refuses "a private CA without TLS_CA_FILE" '^error: TLS_CERT_FILE: .*good.crt is not signed by .*TLS_CA_FILE'
own "$pki/good.crt" "$pki/good.key" "$pki/ca.crt"
sed -i 's/^SERVER_NAMES=.*/SERVER_NAMES=localhost/' "$COPY/.env"
refuses "a certificate for another name" '^error: TLS_CERT_FILE: .*DNS:api.example.org: add its name to SERVER_NAMES'
in_copy make doctor >"$pki/doctor" 2>&1 || true
check "make doctor reports it" grep -q '  WRONG  a start accepts the certificate.*DNS:api.example.org' "$pki/doctor"

echo "- the user's own certificate, with a low limit of open files"
own pki/good.crt pki/good.key pki/ca.crt # relative to the project
few_files=(prlimit --nofile=2048:2048)
[ "$(id -u)" != 0 ] || few_files+=(setpriv --bounding-set -sys_resource --inh-caps -sys_resource)
check "the project starts" in_copy "${few_files[@]}" make start-project
eval "$(in_copy "$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}" "${CA_FILE:?}" "${GATEWAY_NAME:?}" "${GATEWAY_ADDRESS:?}"
serial() { openssl x509 -noout -serial "$@" 2>/dev/null || true; }
served_serial() { openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -servername api.example.org </dev/null 2>/dev/null | serial || true; }
# serves NAME CERTIFICATE
serves() {
  local wire
  wire=$(served_serial)
  if [ "$wire" = "$(serial -in "$2")" ]; then pass "$1: $wire"; else fail "$1" "served: $wire, $2: $(serial -in "$2")"; fi
}
serves "it is served" "$pki/good.crt"
check "the project's clients use its host name" test "$GATEWAY_NAME" = api.example.org
check "and verify it with TLS_CA_FILE" curl -fsS --cacert "$CA_FILE" --connect-to "::$GATEWAY_ADDRESS:" "https://$GATEWAY_NAME:$HTTPS_PORT/livez"
check "the smoke test" in_copy tests/run_tests.sh
check "make links prints its host name" grep -q "https://api.example.org:$HTTPS_PORT/docs" <(in_copy make links)
check "make doctor has no finding" in_copy make doctor
if [ -s "$COPY/gateway/certs/nginx.crt" ]; then fail "no certificate was generated" "$COPY/gateway/certs"; else pass "no certificate was generated"; fi
former=$(served_serial)
cp "$pki/next.crt" "$pki/good.crt" && cp "$pki/next.key" "$pki/good.key"
kill -HUP "$(in_copy make ps | awk '$1 == "gateway" { print $2 }')"
sleep 1
check "a reload of nginx alone, as in a deployment, applies no changed certificate" test "$(served_serial)" = "$former"
check "make reload after a renewal" in_copy "${few_files[@]}" make reload
serves "the renewed one is served" "$pki/next.crt"
for name in gateway verifier-new verifier-recent; do
  check "nginx needs no higher limit of open files: $name" bash -c "! grep -hE 'setrlimit|open file resource limit' '$COPY/.state/logs/$name.log'"
done
limit_of() { awk '/^Max open files/ { print $4 }' "/proc/$(in_copy make ps | awk -v n="$1" '$1 == n { print $2 }')/limits"; }
check "and the limit was 2048" test "$(limit_of gateway)" = 2048

echo "- the generated certificate"
cp "$COPY/.env.ports" "$COPY/.env"
generated=$COPY/gateway/certs/nginx.crt
check "without the variables a certificate is generated" in_copy make start-project
serves "it is served" "$generated"
before=$(serial -in "$generated")
check "a second start" in_copy make start-project
check "keeps it" test "$(serial -in "$generated")" = "$before"
printf 'SERVER_NAMES=localhost 127.0.0.1 other.example.org\n' >>"$COPY/.env"
check "a start with a new host name" in_copy make start-project
check "adds it to the certificate" grep -q 'DNS:other.example.org' <(openssl x509 -in "$generated" -noout -ext subjectAltName)
serves "which is served" "$generated"
openssl req -x509 -key "$COPY/gateway/certs/nginx.key" -days 29 -subj '/O=Fortress, self-signed/CN=localhost' -addext \
  'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,DNS:other.example.org' -out "$generated"
near=$(serial -in "$generated")
check "make reload with 29 days left" in_copy make reload
check "renews it" test "$(serial -in "$generated")" != "$near" -a "$(served_serial)" != "$near"
serves "the renewed one is served" "$generated"
cp "$pki/next.crt" "$generated" && cp "$pki/next.key" "$COPY/gateway/certs/nginx.key"
printf 'SERVER_NAMES=api.example.org\nTLS_CA_FILE=pki/ca.crt\n' >>"$COPY/.env"
check "make reload with the user's certificate at the default path" in_copy make reload
serves "keeps that one" "$pki/next.crt"
finish
