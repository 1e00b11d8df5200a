#!/usr/bin/env bash
# ops/bootstrap.sh on machines that are not Debian: it looks for commands, and names in one line what is missing.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"

machine=$(mktemp -d)
trap 'rm -rf "$machine"' EXIT
project="$machine/project" bin="$machine/bin"
mkdir -p "$project/ops" "$project/node_modules" "$bin"
# The script adds /usr/sbin and /sbin to PATH, which this machine has and that one has not.
sed '/^PATH=/d' ops/bootstrap.sh >"$project/ops/bootstrap.sh"
cp bun.lock "$project/"
cp bun.lock "$project/node_modules/.fortress-lock"
ln -s "$ROOT/.tools" "$project/.tools"
for command in bash env dirname sed head awk cmp mkdir cp id cat chmod; do ln -s "$(command -v "$command")" "$bin/$command"; done

# Commands of the machine: what they do does not matter, but that they are there.
add() { local command; for command in "$@"; do printf '#!/bin/sh\nexit 0\n' >"$bin/$command" && chmod +x "$bin/$command"; done; }
bootstrap() { PATH="$bin" "$bin/bash" "$project/ops/bootstrap.sh" "$@" 2>&1; }
# says NAME LINE PACKAGE...: it ends with an error and that line alone.
says() {
  local name=$1 line=$2 output code=0
  shift 2
  output=$(bootstrap "$@") || code=$?
  if [ "$code" -eq 1 ] && [ "$output" = "error: $line" ]; then pass "$name: $output"; else
    fail "$name" "bootstrap.sh $* -> exit code $code: $output"
  fi
}
# silent NAME PACKAGE...
silent() {
  local name=$1 output code=0
  shift
  output=$(bootstrap "$@") || code=$?
  if [ "$code" -eq 0 ] && [ -z "$output" ]; then pass "$name"; else fail "$name" "bootstrap.sh $* -> exit code $code: $output"; fi
}

echo "- what containers need"
says "no openssl, and no package manager that is known" \
  "missing: openssl; install them with this system's package manager" openssl
for manager in dnf pacman brew; do
  add "$manager"
  case $manager in dnf) run='dnf install' ;; pacman) run='pacman -S' ;; *) run='brew install' ;; esac
  says "no openssl, with $manager" "missing: openssl; run: $run openssl" openssl
  rm "$bin/$manager"
done
add openssl
silent "openssl is there, dpkg is not" openssl

echo "- Bun"
rm "$project/.tools"
add dnf
says "neither npm nor Bun" "missing: npm; run: dnf install nodejs-npm"
version=$(sed -n 's/.*"bun-types@\([0-9.]*\)".*/\1/p' bun.lock | head -n 1)
cat >"$bin/bun" <<SH
#!/bin/sh
[ "\$*" = "add --cwd .tools/bun --trust --silent bun@$version" ] || exit 1
mkdir -p .tools/bun/node_modules/.bin
printf '#!/bin/sh\necho $version\n' >.tools/bun/node_modules/.bin/bun
chmod +x .tools/bun/node_modules/.bin/bun
SH
chmod +x "$bin/bun"
output=$(bootstrap || true)
if [ "$output" = "bootstrap: installing Bun $version with the installed Bun" ]; then pass "another Bun installs the one that bun.lock pins"; else
  fail "another Bun installs the one that bun.lock pins" "$output"
fi

echo "- what only Debian has"
says "native mode on Fedora" "missing: nginx curl; run: dnf install curl; no package is known here for nginx (native mode and make test need Debian or Ubuntu; containers need Docker instead)" \
  nginx curl openssl
add apt-get dpkg
printf '#!/bin/sh\necho 1000\n' >"$bin/id.new" && chmod +x "$bin/id.new" && mv -f "$bin/id.new" "$bin/id"
says "Debian, without root and sudo" "missing: nginx; run as root: apt-get install nginx" nginx openssl
if command -v dpkg-query >/dev/null; then
  installed=$(awk 'NF == 5 && /^  [a-z]/ { print $1 }' ops/bootstrap.sh | while read -r package; do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ]; then echo "$package"; fi
  done)
  mkdir "$machine/refuses"
  printf '#!/bin/sh\nexit 1\n' >"$machine/refuses/apt-get" && chmod +x "$machine/refuses/apt-get"
  # shellcheck disable=SC2086 # one word a package
  check "what Debian has installed is found: $(xargs <<<"$installed")" \
    env PATH="$machine/refuses:$PATH" ops/bootstrap.sh $installed
fi
finish
