#!/usr/bin/env bash
# fetch.sh SUITE TARGET PACKAGE=VERSION...: downloads Debian packages of a suite into .tools/engine/debs and
# unpacks them below TARGET, without installing them. A version that the archive lacks is replaced by the newest.
# shellcheck source=tests/engine/env.sh
source "$(dirname "$0")/env.sh"
suite=$1 target=$2
shift 2
apt="$ENGINE_TOOLS/apt-$suite"
mkdir -p "$apt/lists/partial" "$apt/cache" "$ENGINE_TOOLS/debs" "$target"
exec 9>"$ENGINE_TOOLS/fetch.lock" && flock 9 # two suites may run at once
# Separate package lists, so that the system's apt is unaffected. On a frozen mirror they may be past their
# Valid-Until; signatures are still verified.
cat >"$apt/apt.conf" <<CONF
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
Acquire::Languages "none";
APT::Sandbox::User "root";
CONF
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" \
  >"$apt/sources.list"
export APT_CONFIG="$apt/apt.conf"

updated=no
update() {
  [ "$updated" = no ] || return 0
  apt-get update -qq || die "the package lists of Debian $suite cannot be fetched; run: apt-get update"
  updated=yes
}

cd "$ENGINE_TOOLS/debs"
for wanted in "$@"; do
  name=${wanted%%=*} version=${wanted#*=}
  file=$(find . -name "${name}_${version//:/%3a}_*.deb" | head -n 1)
  if [ -z "$file" ]; then
    update
    if ! apt-get download -qq "$wanted" 2>/dev/null; then
      say "$wanted is not in $suite, taking the newest"
      find . -name "${name}_*.deb" -delete
      apt-get download -qq "$name" || die "Debian $suite has no package $name"
      file=$(find . -name "${name}_*.deb" | head -n 1)
    else
      file=$(find . -name "${name}_${version//:/%3a}_*.deb" | head -n 1)
    fi
  fi
  dpkg-deb -x "$file" "$target"
done
