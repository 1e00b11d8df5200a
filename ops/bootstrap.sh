#!/usr/bin/env bash
# Installs what is missing: Bun at the version of bun.lock, the packages of bun.lock, and the Debian packages given as
# arguments. Prints one line per installation. Works with bash 3.2 (macOS).
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin # nginx on Debian

# Debian package, the command or path that proves it is installed, and the package's name in other systems.
readonly PACKAGES='
# package                    proved by                       dnf              pacman      brew
  npm                        npm                             nodejs-npm       npm         node
  nodejs                     node                            nodejs           nodejs      node
  openssl                    openssl                         openssl          openssl     openssl
  curl                       curl                            curl             curl        curl
  jq                         jq                              jq               jq          jq
  wrk                        wrk                             -                -           wrk
  shellcheck                 shellcheck                      ShellCheck       shellcheck  shellcheck
  python3                    python3                         python3          python      python
  python3-venv               /usr/lib*/python3*/ensurepip    python3          python      python
  chromium                   chromium                        chromium         chromium    -
  iptables                   iptables                        iptables-nft     iptables    -
  iproute2                   ip                              iproute          iproute2    -
  libseccomp2                /usr/lib*/*/libseccomp.so.2     -                -           -
  nginx                      nginx                           -                -           -
  mtail                      mtail                           -                -           -
  prometheus                 prometheus                      -                -           -
  prometheus-alertmanager    prometheus-alertmanager         -                -           -
  prometheus-blackbox-exporter prometheus-blackbox-exporter  -                -           -
  prometheus-nginx-exporter  prometheus-nginx-exporter       -                -           -
'

say() { printf 'bootstrap: %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# cell PACKAGE COLUMN
cell() { awk -v package="$1" -v column="$2" '$1 == package { print $column }' <<<"$PACKAGES"; }

has() {
  local proof
  proof=$(cell "$1" 2)
  case ${proof:=$1} in
    /*) compgen -G "$proof" >/dev/null ;;
    *) command -v "$proof" >/dev/null ;;
  esac
}

has_apt() { command -v apt-get >/dev/null && command -v dpkg >/dev/null; }

# missing PACKAGE...: exits with one line that names the install command of this system.
missing() {
  local manager column=3 package name known='' unknown='' how=''
  if has_apt; then die "missing: $*; run as root: apt-get install $*"; fi
  for manager in 'dnf install' 'pacman -S' 'brew install' ''; do
    if [ -z "$manager" ] || command -v "${manager%% *}" >/dev/null; then break; fi
    column=$((column + 1))
  done
  [ -n "$manager" ] || die "missing: $*; install them with this system's package manager"
  for package in "$@"; do
    name=$(cell "$package" "$column")
    case ${name:--} in
      -) unknown="$unknown $package" ;;
      *) known="$known $name" ;;
    esac
  done
  [ -z "$known" ] || how="; run: $manager$known"
  [ -z "$unknown" ] || how="$how; no package is known here for$unknown (native mode and make test need Debian or Ubuntu; containers need Docker instead)"
  die "missing: $*$how"
}

pinned_bun_runs() { [ "$(.tools/bun/node_modules/.bin/bun --version 2>/dev/null || true)" = "$1" ]; }

install_bun() {
  local version
  version=$(sed -n 's/.*"bun-types@\([0-9.]*\)".*/\1/p' bun.lock | head -n 1)
  [ -n "$version" ] || die "bun.lock names no version of bun-types; restore it with git checkout bun.lock"
  if pinned_bun_runs "$version"; then return; fi
  mkdir -p .tools/bun
  if has npm; then
    say "installing Bun $version from npm"
    npm install --prefix .tools/bun --no-save --no-audit --no-fund --loglevel error "bun@$version" >/dev/null ||
      die "npm could not install bun@$version; run: npm install --prefix .tools/bun bun@$version"
  elif has bun; then
    say "installing Bun $version with the installed Bun"
    bun add --cwd .tools/bun --trust --silent "bun@$version" >/dev/null ||
      die "bun could not install bun@$version; run: bun add --cwd .tools/bun --trust bun@$version"
  else
    missing npm
  fi
  pinned_bun_runs "$version" ||
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

# Debian starts a package's service on installation and on boot: policy-rc.d prevents the first, disabling the unit
# the second. Services of packages that were installed before stay as they are.
install_debian() {
  local absent=() package
  for package in "$@"; do
    has "$package" || absent+=("$package")
  done
  [ "${#absent[@]}" -gt 0 ] || return 0
  has_apt || missing "${absent[@]}"
  [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || missing "${absent[@]}"
  say "installing Debian packages: ${absent[*]}"
  local options=(-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3) # another apt may hold the lock
  local policy=/usr/sbin/policy-rc.d made=no log
  log=$(mktemp)
  if [ ! -e "$policy" ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  local ok=yes
  as_root apt-get "${options[@]}" update -qq >"$log" 2>&1 || true # a stale list may be enough
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get "${options[@]}" install -y -qq --no-install-recommends "${absent[@]}" >>"$log" 2>&1 || ok=no
  [ "$made" = no ] || as_root rm -f "$policy"
  if [ "$ok" = no ]; then
    tail -n 5 "$log" >&2
    die "apt-get could not install ${absent[*]}; run: apt-get install ${absent[*]}"
  fi
  rm -f "$log"
  command -v systemctl >/dev/null || return 0
  for package in "${absent[@]}"; do
    dpkg -L "$package" | sed -n 's#^\(/usr\)\{0,1\}/lib/systemd/system/\([^/@]*\.\(service\|timer\)\)$#\2#p' |
      while read -r unit; do as_root systemctl disable --quiet "$unit" 2>/dev/null || true; done
  done
}

install_bun
install_packages
install_debian "$@"
