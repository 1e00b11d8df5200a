#!/usr/bin/env bash
# ops/bootstrap.sh on other systems than Debian: it looks for commands and names missing ones in one line.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../lib/suite.sh"

machine=$(mktemp -d)
trap 'rm -rf "$machine"' EXIT
project="$machine/project" bin="$machine/bin"
mkdir -p "$project/ops" "$project/node_modules" "$bin"
# Without the line that adds /usr/sbin and /sbin of this machine to PATH.
sed '/^PATH=/d' ops/bootstrap.sh >"$project/ops/bootstrap.sh"
cp bun.lock "$project/"
cp bun.lock "$project/node_modules/.fortress-lock"
ln -s "$ROOT/.tools" "$project/.tools"
for command in bash env dirname sed head awk cmp mkdir cp id cat chmod; do ln -s "$(command -v "$command")" "$bin/$command"; done

# add COMMAND...: empty commands of the simulated machine.
add() { local command; for command in "$@"; do printf '#!/bin/sh\nexit 0\n' >"$bin/$command" && chmod +x "$bin/$command"; done; }
bootstrap() { PATH="$bin" "$bin/bash" "$project/ops/bootstrap.sh" "$@" 2>&1; }
# fails_with NAME LINE PACKAGE...: it fails with exactly that error line.
fails_with() {
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

echo "- packages for containers"
fails_with "no openssl and no known package manager" \
  "missing: openssl; install them with this system's package manager" openssl
for manager in dnf pacman brew; do
  add "$manager"
  case $manager in dnf) run='dnf install' ;; pacman) run='pacman -S' ;; *) run='brew install' ;; esac
  fails_with "no openssl, with $manager" "missing: openssl; run: $run openssl" openssl
  rm "$bin/$manager"
done
add openssl
silent "openssl without dpkg" openssl

echo "- Bun"
rm "$project/.tools"
add dnf
fails_with "neither npm nor Bun" "missing: npm; run: dnf install nodejs-npm"
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
if [ "$output" = "bootstrap: installing Bun $version with the installed Bun" ]; then pass "an installed Bun installs the version of bun.lock"; else
  fail "an installed Bun installs the version of bun.lock" "$output"
fi

echo "- packages for native mode"
fails_with "native mode on Fedora" "missing: nginx curl; run: dnf install curl; no package is known here for nginx (native mode and make test need Debian or Ubuntu; containers need Docker instead)" \
  nginx curl openssl
add apt-get dpkg
printf '#!/bin/sh\necho 1000\n' >"$bin/id.new" && chmod +x "$bin/id.new" && mv -f "$bin/id.new" "$bin/id"
fails_with "Debian, without root and sudo" "missing: nginx; run as root: apt-get install nginx" nginx openssl
if command -v dpkg-query >/dev/null; then
  installed=$(awk 'NF == 5 && /^  [a-z]/ { print $1 }' ops/bootstrap.sh | while read -r package; do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ]; then echo "$package"; fi
  done)
  mkdir "$machine/refuses"
  printf '#!/bin/sh\nexit 1\n' >"$machine/refuses/apt-get" && chmod +x "$machine/refuses/apt-get"
  # shellcheck disable=SC2086 # one word per package
  check "installed Debian packages are recognized: $(xargs <<<"$installed")" \
    env PATH="$machine/refuses:$PATH" ops/bootstrap.sh $installed
fi
finish
