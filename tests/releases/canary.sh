# shellcheck shell=bash
# Sourced: canaries and releases of echo in any runtime, while clients ask. Needs clients.sh, and its users.
echo "- a good candidate"
stable=$(live echo)
change
check "make preview" in_copy make preview NAME=echo
candidate=$(previewed)
load_start
check "make canary" in_copy make canary "TO=$candidate" STEPS=0,5,50,100 SAMPLE=100%
check "a second one is refused" grep -q 'a canary of echo runs' <(in_copy make canary "TO=$candidate" 2>&1)
again() { [ -n "$(process echo.canary)" ] && [ "$(process echo.canary)" != "$watcher" ]; }
for share in 0 5 50 100; do
  WAIT=600 check "the evidence brings it to $share %" eventually has_share "$share"
  watcher=$(process echo.canary)
  kill -9 "$watcher"
  check "its process is started again after kill -9" eventually again
done
WAIT=600 check "it passes" eventually has_outcome passed
load_end
check "each request was answered 200" all_answered
check "no client went back" none_went_back
# shellcheck disable=SC2016 # variables of jq
check "both versions answered" jq -e --arg a "$stable" --arg b "$candidate" '.versions[$a] > 100 and .versions[$b] > 100' <<<"$LOAD"
check "what is live is still $stable" is_at "$stable"
check "the evidence is shown" grep -E 'errors +0 +[0-9,]+ +0 ' <(in_copy make canary-status)
check "each decision is a line" test "$(status | jq '.decisions | length')" -eq 5
scraped() {
  curl -fsS --get "http://127.0.0.1:${PROMETHEUS_PORT:?}/api/v1/query" --data-urlencode "query=$1" |
    jq -e '.data.result | length > 0' >/dev/null
}
check "Prometheus scrapes its outcome" eventually scraped 'canary_outcome{outcome="passed"} == 1'

echo "- released"
load_start
check "make release goes on with it" in_copy make release NAME=echo
load_end
check "each request was answered 200" all_answered
check "all replicas run it" is_at "$candidate"
check "its process, the shadow and the preview are gone" eventually is_absent echo.canary
check "no preview is left" is_absent echo.preview
check "there is no canary; what the last one found is shown" grep -q 'passed at 100 %' <(in_copy make canary-status)

echo "- a candidate that fails every tenth request"
stable=$candidate
cp "$COPY/workers/echo.ts" "$COPY/good.ts"
fail_every_tenth
check "the sources have it" grep -q 'every tenth' "$COPY/workers/echo.ts"
load_start
said=$(in_copy make release NAME=echo STEPS=50,100 2>&1) && code=0 || code=$?
load_end
check "make release fails" test "$code" -ne 0
check "it says why" grep -E "back to 0 %: (errors [0-9.]+ %|[0-9]+ of)" <<<"$said"
check "and that nothing has changed" grep -qE "^error: echo stays at $stable, and the preview is ended" <<<"$said"
check "what is live is what was" is_at "$stable"
check "it had some requests" jq -e '.statuses["500"] > 0 and (.statuses | keys - ["200", "500"] == [])' <<<"$LOAD"
check "the preview is gone" eventually is_absent echo.preview
mv "$COPY/good.ts" "$COPY/workers/echo.ts"

echo "- a candidate that dies"
change
check "make preview" in_copy make preview NAME=echo
check "make canary" in_copy make canary "TO=$(previewed)" STEPS=5,100
load_start
check "it has a share" eventually has_share 5
some() { test "$(status | jq .counts.candidate.requests)" -gt 50; }
check "and requests" eventually some
began=$SECONDS
check "it dies" dead echo.preview
check "back to 0 %" eventually has_outcome failed
echo "  after $((SECONDS - began)) s"
load_end
check "no client saw it" all_answered
check "make canary-abort" in_copy make canary-abort
check "make preview-end" in_copy make preview-end
