# shellcheck shell=bash
# A second copy of the project with ports of its own, for tests that start and stop it or edit its files.

# free_block N: the first of N consecutive ports that nothing listens on.
free_block() {
  local base port tries
  for tries in {1..50}; do
    base=$((20000 + (RANDOM % 100) * 120))
    for ((port = base; port < base + $1; port++)); do
      if ss -ltnH "sport = :$port" | grep -q .; then continue 2; fi
    done
    echo "$base"
    return
  done
  echo "error: no $1 free ports in a row after $tries tries" >&2
  return 1
}

# make_copy: sets COPY to a folder that holds this checkout's files as they are now, with free ports in its .env.
# Whatever runs there is stopped and the folder removed when the suite ends.
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

remove_copy() {
  [ -d "${COPY:-}" ] || return 0
  in_copy make stop-project >/dev/null 2>&1 || true
  rm -rf "$COPY"
}

# in_copy COMMAND...: runs it in the copy, with the copy's settings instead of ours.
in_copy() { (cd "$COPY" && "$@"); }
