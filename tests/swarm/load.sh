# shellcheck shell=bash disable=SC2154 # COPY and SWITCH are the suite's
# A constant load from the switch on the gateways of the nodes.
LOAD_RATE=50
LOAD=''

# Fifty client addresses, so that the limit of 10 requests/s per address is not reached.
clients_up() {
  local i
  for i in {100..149}; do at_switch ip addr add "$CLUSTER_NET.$i/24" dev switch; done
}

# load_start NODE...
load_start() {
  local n gateways=''
  for n in "$@"; do gateways+=" https://$(node_address "$n"):$HTTPS_PORT"; done
  rm -f "$CLUSTER_RUN/load.json"
  (exec nsenter --target "$SWITCH" --net -- env RATE="$LOAD_RATE" GATEWAYS="${gateways# }" \
    SSL_CERT_FILE="${CA_FILE:?}" SUMMARY_FILE="$CLUSTER_RUN/load.json" "$COPY/loadtests/k6/k6.sh" \
    run --quiet --local-ips="$CLUSTER_NET.100-$CLUSTER_NET.149" "$COPY/loadtests/steady.ts") >"$CLUSTER_RUN/load.log" 2>&1 &
  LOAD=$!
  LOAD_STARTED=$SECONDS
  sleep 5 # some load before the change
}

# load_stop: sets SENT, FAILED_REQUESTS and FIGURES.
load_stop() {
  sleep 3
  kill -INT "$LOAD"
  wait "$LOAD" || true
  LOAD_SECONDS=$((SECONDS - LOAD_STARTED - 3)) # k6 needs some seconds to start
  FIGURES=$(cat "$CLUSTER_RUN/load.json")
  SENT=$(jq .sent "$CLUSTER_RUN/load.json")
  FAILED_REQUESTS=$(jq .failed "$CLUSTER_RUN/load.json")
}

# lost_at_most NAME PERCENT: passes when the load ran all the time and at most that share failed.
lost_at_most() {
  if [ "$SENT" -ge $((LOAD_RATE * LOAD_SECONDS * 9 / 10)) ] && [ $((FAILED_REQUESTS * 100)) -le $((SENT * $2)) ]; then
    pass "$1: $FAILED_REQUESTS of $SENT requests failed ($FIGURES)"
  else
    fail "$1: $FAILED_REQUESTS of $SENT requests failed" "$FIGURES $(tail -n 5 "$CLUSTER_RUN/load.log")"
  fi
}
