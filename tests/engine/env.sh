# shellcheck shell=bash disable=SC2034 # read by the scripts that source this
# Paths and addresses of this checkout's Docker engine. Sourced by the scripts of this folder and by suites.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ENGINE=${ENGINE:-} # "newest": Docker of Debian sid with the containerd image store; otherwise 20.10 of Debian 12
ENGINE_ID=$(printf '%s' "$ROOT$ENGINE" | sha256sum | cut -c 1-6)
ENGINE_TOOLS="$ROOT/.tools/engine"             # programs from Debian packages; kept
ENGINE_DATA="$ROOT/.state/engine-data${ENGINE:+-$ENGINE}" # images and containers; deleted when the engine stops
ENGINE_RUN="/run/fortress-engine-$ENGINE_ID"   # socket, pid, settings to restore
ENGINE_BRIDGE="fe$ENGINE_ID"
ENGINE_NET="10.$((100 + 16#$ENGINE_ID % 100))" # its own range: several engines may run
export DOCKER_HOST="unix://$ENGINE_RUN/docker.sock"
export DOCKER_CONFIG="$ENGINE_TOOLS/config" # without the user's logins and plugins
for programs in "$ENGINE_TOOLS/root" ${ENGINE:+"$ENGINE_TOOLS/$ENGINE"}; do
  export PATH="$programs/usr/bin:$programs/usr/sbin:$PATH"
done

say() { printf 'engine: %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
