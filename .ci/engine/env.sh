# shellcheck shell=bash disable=SC2034 # read by the scripts that source this
# Where the engine of this checkout lives. Sourced by everything in this folder and by the container suites.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ENGINE_ID=$(printf '%s' "$ROOT" | sha256sum | cut -c 1-6)
ENGINE_TOOLS="$ROOT/.tools/engine"             # programs, from Debian packages; kept
ENGINE_DATA="$ROOT/.state/engine-data"         # images and containers; deleted when the engine stops
ENGINE_RUN="/run/fortress-engine-$ENGINE_ID"   # socket, pid, what must be put back
ENGINE_BRIDGE="fe$ENGINE_ID"
ENGINE_NET="10.$((100 + 16#${ENGINE_ID:0:2} % 100))" # a range of its own: another engine may run beside this one
export DOCKER_HOST="unix://$ENGINE_RUN/docker.sock"
export DOCKER_CONFIG="$ENGINE_TOOLS/config" # no login, no plugin of the user's
export PATH="$ENGINE_TOOLS/root/usr/bin:$ENGINE_TOOLS/root/usr/sbin:$PATH"

say() { printf 'engine: %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
