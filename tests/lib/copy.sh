# shellcheck shell=bash
# A copy of the project with its own ports, for suites that start, stop or edit it.

# free_block N: the first of N consecutive free ports, reserved for this suite until it ends (at most 120 ports).
free_block() {
  local base port tries reserved="${TMPDIR:-/tmp}/fortress-test-ports-$UID"
  mkdir -p "$reserved"
  for tries in {1..50}; do
    base=$((20000 + (RANDOM % 100) * 120))
    if ! (set -o noclobber && echo $$ >"$reserved/$base") 2>/dev/null; then # by a suite that runs beside this one
      kill -0 "$(<"$reserved/$base")" 2>/dev/null || rm -f "$reserved/$base"
      continue
    fi
    for ((port = base; port < base + $1; port++)); do
      if ss -ltnH "sport = :$port" | grep -q .; then continue 2; fi
    done
    echo "$base"
    return
  done
  echo "error: no $1 free ports in a row after $tries tries" >&2
  return 1
}

# make_copy: sets COPY to a copy of this checkout's files, with free ports in its .env. It is stopped and removed when
# the suite ends.
make_copy() {
  local base name
  COPY=$(mktemp -d)
  git ls-files --cached --others --exclude-standard -z | tar --null -T - -cf - | tar -xf - -C "$COPY"
  ln -s "$ROOT/.tools" "$COPY/.tools"
  cp -r "$ROOT/node_modules" "$COPY/node_modules"
  base=$(free_block 120)
  while read -r name; do
    printf '%s=%d\n' "$name" "$base" >>"$COPY/.env"
    base=$((base + 1))
  done < <(sed -n 's/^#\([A-Z_]*_PORT\)=.*/\1/p' .env.example)
  printf 'WORKER_PORT_BASE=%d\nRUNTIME=native\n' "$base" >>"$COPY/.env"
  trap 'remove_copy' EXIT
}

# make_copy_of WORKER...: a copy with scaffolded workers instead of the project's. The first has three replicas, the
# others one. POST /WORKER "$HELLO" -> {"characters":12}; all share the gateway's own limit.
# shellcheck disable=SC2034
HELLO='{"text":"Hello, world"}'
make_copy_of() {
  local worker name replicas=3
  make_copy
  for worker in "$@"; do in_copy make new-worker "NAME=$worker" >/dev/null; done
  for name in $(in_copy worker_names | tac); do # versions of a path before its default
    [[ " $* " == *" $name "* ]] || in_copy make remove-worker "NAME=$name" FORCE=1 >/dev/null
  done
  for worker in "$@"; do
    sed -i "/^  $worker:/,/replicas:/s/replicas: [0-9]*/replicas: $replicas/" "$COPY/compose.yaml"
    sed -i '/^\(rate\|burst\):/d' "$COPY/gateway/routes/$worker.yaml"
    replicas=1
  done
}

remove_copy() {
  [ -d "${COPY:-}" ] || return 0
  in_copy make stop-project >/dev/null 2>&1 || true
  rm -rf "$COPY"
}

# in_copy COMMAND...: runs the command in the copy, with its settings.
in_copy() { (cd "$COPY" && "$@"); }
