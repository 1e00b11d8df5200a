#!/usr/bin/env bash
# Installs what this machine lacks, and nothing twice: Bun from npm at the version bun.lock pins, the project's
# packages, and the Debian packages named as arguments. Prints one line for each thing it installs.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'bootstrap: %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

install_bun() {
  local version
  version=$(sed -n 's/.*"bun-types@\([0-9.]*\)".*/\1/p' bun.lock | head -n 1)
  [ -n "$version" ] || die "bun.lock names no version of bun-types; restore it with git checkout bun.lock"
  [ "$(.tools/bun/node_modules/.bin/bun --version 2>/dev/null || true)" = "$version" ] && return
  command -v npm >/dev/null || die "npm is missing: apt-get install npm (Bun is installed from it)"
  say "installing Bun $version from npm"
  mkdir -p .tools/bun
  npm install --prefix .tools/bun --no-save --no-audit --no-fund --loglevel error "bun@$version" >/dev/null ||
    die "npm could not install bun@$version; run: npm install --prefix .tools/bun bun@$version"
  [ "$(.tools/bun/node_modules/.bin/bun --version 2>/dev/null || true)" = "$version" ] ||
    die "Bun $version was installed but does not start; run: .tools/bun/node_modules/.bin/bun --version"
}

install_packages() {
  cmp -s bun.lock node_modules/.fortress-lock && return
  say "installing the packages of bun.lock"
  .tools/bun/node_modules/.bin/bun install --frozen-lockfile --silent ||
    die "bun install failed; run: .tools/bun/node_modules/.bin/bun install --frozen-lockfile"
  cp bun.lock node_modules/.fortress-lock
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Debian starts a package's service on installation and on every boot. policy-rc.d refuses the first,
# disabling the unit the second; a service that was here before us is left as it was.
install_debian() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "missing: ${missing[*]}; install them with this system's package manager"
  [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null ||
    die "missing: ${missing[*]}; run as root: apt-get install ${missing[*]}"
  say "installing Debian packages: ${missing[*]}"
  local wait=(-o DPkg::Lock::Timeout=300) # another apt may be at work
  local policy=/usr/sbin/policy-rc.d made=no log
  log=$(mktemp)
  if [ ! -e "$policy" ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  local ok=yes
  as_root apt-get "${wait[@]}" update -qq >"$log" 2>&1 || true # an old list still serves; the install decides
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get "${wait[@]}" install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1 || ok=no
  [ "$made" = no ] || as_root rm -f "$policy"
  if [ "$ok" = no ]; then
    tail -n 5 "$log" >&2
    die "apt-get could not install ${missing[*]}; run: apt-get install ${missing[*]}"
  fi
  rm -f "$log"
  command -v systemctl >/dev/null || return 0
  for package in "${missing[@]}"; do
    dpkg -L "$package" | sed -n 's#^\(/usr\)\{0,1\}/lib/systemd/system/\([^/@]*\.\(service\|timer\)\)$#\2#p' |
      while read -r unit; do as_root systemctl disable --quiet "$unit" 2>/dev/null || true; done
  done
}

install_bun
install_packages
install_debian "$@"
