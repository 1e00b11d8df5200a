# shellcheck shell=bash disable=SC2034 # read by the scripts that source this
# Requests of the smoke test. Each sets STATUS, BODY and HEADERS, and SHOWN to the curl command that reproduces it (with
# $GATEWAY_PASSWORD instead of the password).
eval "$("$BUN" ops/cli.ts settings)"
: "${HTTPS_PORT:?}" "${HTTP_PORT:?}" "${GATEWAY_USER:?}" "${GATEWAY_PASSWORD:?}" "${GATEWAY_NAME:?}" "${GATEWAY_ADDRESS:?}"
CA=${CA_FILE:?}
VERIFY=(--cacert "$CA") # the name may not resolve to the gateway here: --connect-to
[ "$GATEWAY_NAME $GATEWAY_ADDRESS" = "localhost 127.0.0.1" ] || VERIFY+=(--connect-to "::$GATEWAY_ADDRESS:")
suffix() { [ "$1" = "$2" ] || printf ':%s' "$1"; }
URL="https://$GATEWAY_NAME$(suffix "$HTTPS_PORT" 443)"
PLAIN_URL="http://$GATEWAY_NAME$(suffix "$HTTP_PORT" 80)"
AUTH=(-u "$GATEWAY_USER:$GATEWAY_PASSWORD")
JSON=(-H 'Content-Type: application/json')
PAUSE=0.15 # seconds; keeps sequential checks below 10 requests/s

STATUS='' BODY='' HEADERS='' SHOWN=''

shown() {
  local word text='curl'
  for word in "$@"; do
    word=${word//"$GATEWAY_USER:$GATEWAY_PASSWORD"/"$GATEWAY_USER:\$GATEWAY_PASSWORD"}
    [ "${#word}" -le 200 ] || word="${word:0:40}...(${#word} characters)"
    text+=" $(printf '%q' "$word")"
  done
  SHOWN=$text
}

request() {
  local headers body
  headers=$(mktemp) body=$(mktemp)
  sleep "$PAUSE"
  shown -sS "${VERIFY[@]}" "$@"
  STATUS=$(curl -sS --max-time 20 "${VERIFY[@]}" -D "$headers" -o "$body" -w '%{http_code}' "$@" 2>"$body.err") ||
    STATUS="curl: $(cat "$body.err")"
  BODY=$(tr -d '\0' <"$body") HEADERS=$(tr -d '\r' <"$headers")
  rm -f "$headers" "$body" "$body.err"
}

# call OPTION...: an authenticated request to the worker of tests/lib/target.ts.
call() { request "${AUTH[@]}" "${JSON[@]}" ${TARGET_HEADER:+-H "$TARGET_HEADER"} "$@" "$URL$TARGET_PATH"; }

header() { grep -i "^$1:" <<<"$HEADERS" | head -n 1 | sed 's/^[^:]*: *//'; }

explain_failure() { printf '%s\n        -> %s %s' "$SHOWN" "$STATUS" "${BODY:0:300}"; }

matches() { [[ $1 =~ $2 ]]; }

# holds NAME COMMAND...: a check of the last response.
holds() {
  local name=$1
  shift
  if "$@"; then pass "$name"; else fail "$name" "$(explain_failure)"; fi
}

# expect_status NAME CODE
expect_status() {
  if [ "$STATUS" = "$2" ]; then pass "$1"; else fail "$1" "expected $2: $(explain_failure)"; fi
}

# expect_json NAME JQ-EXPRESSION: the expression is true for the body.
expect_json() {
  if jq -e "$2" >/dev/null 2>&1 <<<"$BODY"; then pass "$1"; else fail "$1" "false: $2: $(explain_failure)"; fi
}

# expect_problem NAME CODE: the status, and a problem document with the id of the request.
expect_problem() {
  local id want
  id=$(header x-request-id) want=".status == $2 and (.type, .title, .detail, .instance | type == \"string\")"
  if [ "$STATUS" = "$2" ] && [[ $(header content-type) == application/problem+json* ]] && [ -n "$id" ] &&
    jq -e --arg id "$id" "$want and .request_id == \$id" >/dev/null 2>&1 <<<"$BODY"; then
    pass "$1"
  else
    fail "$1" "expected a problem $2: $(explain_failure)"
  fi
}
