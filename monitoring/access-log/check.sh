#!/usr/bin/env bash
# Runs gateway.mtail over sample.log and compares its counters with sample.metrics; --update rewrites sample.metrics.
set -euo pipefail
cd "$(dirname "$0")"
counts() {
  mtail --one_shot --address 127.0.0.1 --port 0 --one_shot_format=prometheus --emit_prog_label=false --logtostderr \
    --progs "$PWD" --logs "$PWD/sample.log" 2>/dev/null | grep -v '^#' | sort
}
if [ "${1:-}" = --update ]; then counts >sample.metrics; fi
diff sample.metrics <(counts)
