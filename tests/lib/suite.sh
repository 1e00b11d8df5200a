# shellcheck shell=bash
# For every suite: source this, call check/skip/fail, end with finish.
# A suite's last line is "N passed, N failed, N skipped"; tests/run.sh adds these lines up.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT"
export PATH=$PATH:/usr/sbin:/sbin
export BUN="$ROOT/.tools/bun/node_modules/.bin/bun"
PASSED=0 FAILED=0 SKIPPED=0

pass() { PASSED=$((PASSED + 1)); printf '  ok    %s\n' "$1"; }
skip() { SKIPPED=$((SKIPPED + 1)); printf '  skip  %s\n' "skipped: $1"; }

# fail NAME [what shows it]: the second argument is the command or the text that reproduces the failure.
fail() {
  FAILED=$((FAILED + 1))
  printf '  FAIL  %s\n' "$1"
  [ -z "${2:-}" ] || printf '        %s\n' "${2//$'\n'/$'\n        '}" # tests/run.sh knows these lines by their indent
}

# check NAME COMMAND...: passes when the command does; its output is shown only when it fails.
# Its own variables begin with "_": the command may be a function that reads the caller's.
check() {
  local _name=$1 _output
  shift
  if _output=$("$@" 2>&1); then pass "$_name"; else
    fail "$_name" "$(printf '%s\n' "$*" && grep -E '^ *(error|\(fail\)|FAIL)' <<<"$_output" | head -n 10; tail -n 30 <<<"$_output")"
  fi
}

# Brings this checkout's code up; tests/run.sh stops it at the end if it did not run before.
require_running() { make start-project; }

# worker_names: one a line, in compose.yaml's order; of the project in the current folder.
# shellcheck disable=SC2016 # JavaScript
worker_names() {
  "$BUN" -e 'import { workers } from "./ops/settings/project.ts"; for (const { name } of workers()) console.log(name)'
}

finish() {
  printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
  [ "$FAILED" -eq 0 ]
}
