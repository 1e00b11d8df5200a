# shellcheck shell=bash
# Sourced: a shadow of echo, which is pure, in any runtime: each request of its sample is accounted for, also where its process
# is stopped for a while. Leaves it running. CANDIDATE (echo): the worker it is compared with.
found() { cli shadow-report --json; }
# counted FILTER: of the report.
counted() { found | jq -r "$1"; }
SUM='.counts | .received == .compared + ([.dropped[], .skipped[]] | add)'
# settled N: N requests were received, and all are accounted for, within a minute.
settled() {
  local _ report
  for _ in {1..120}; do
    report=$(found)
    if jq -e ".counts.received >= $1 and .waiting == 0 and ($SUM)" <<<"$report" >/dev/null; then break; fi
    sleep 0.5
  done
  jq -e ".counts.received == $1 and .waiting == 0 and ($SUM)" <<<"$report" >/dev/null || { jq -c .counts <<<"$report" && return 1; }
}
# asked N: that many requests, all answered 200 by the default worker.
asked() { test "$(in_copy "$BUN" tests/releases/ask.ts "$1" | grep -c '^200 echo/')" -eq "$1"; }
stopped() { if [ "${RUNTIME:-}" = compose ]; then docker pause "$(container echo.shadow)"; else kill -STOP "$(pid echo.shadow)"; fi; }
continued() { if [ "${RUNTIME:-}" = compose ]; then docker unpause "$(container echo.shadow)"; else kill -CONT "$(pid echo.shadow)"; fi; }
CANDIDATE=${CANDIDATE:-echo}

check "make shadow" in_copy make shadow FROM=echo "TO=$CANDIDATE" SAMPLE=100%
check "its process runs" is_running echo.shadow
check "600 requests" asked 600
check "each was compared" settled 600
check "they are the same" test "$(counted '[.counts.compared, .counts.answers.pairs, .counts.answers.same] | join(" ")')" = '600 600 600'
check "echo was asked twice for a part, and is the same as itself" \
  test "$(counted '.counts.noise.answers | .pairs > 20 and .pairs == .same')" = true
check "the report says so" \
  grep 'gives the same answer in 100 % (99.4 to 100) of 600 pairs; echo.* against itself 100 %' <(in_copy make shadow-report)
scraped() {
  curl -fsS --get "http://127.0.0.1:${PROMETHEUS_PORT:?}/api/v1/query" --data-urlencode "query=$1" |
    jq -e '.data.result | length > 0' >/dev/null
}
check "Prometheus scrapes it" eventually scraped 'shadow_received_total == 600'
ask_start
for sample in 50% 1% 0% 100%; do check "SAMPLE=$sample" in_copy make shadow "SAMPLE=$sample"; done
ask_end
complete() { found | jq -e ".waiting == 0 and ($SUM)" >/dev/null; }
check "everything is accounted for" eventually complete

received=$(counted .counts.received)
check "its process is stopped" stopped
check "4,000 requests meanwhile" asked 4000
check "it continues" continued
check "each of them is accounted for" settled "$((received + 4000))"
check "some as forgotten" test "$(counted '.counts.dropped.forgotten > 0')" = true
