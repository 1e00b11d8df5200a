# shellcheck shell=bash disable=SC2034 # read by the scripts that source this
# Where the engine of this checkout lives. Sourced by everything in this folder and by the container suites.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ENGINE=${ENGINE:-} # "newest": the newest of Debian's suites, with images in containerd; otherwise Debian 12's 20.10
ENGINE_ID=$(printf '%s' "$ROOT$ENGINE" | sha256sum | cut -c 1-6)
ENGINE_TOOLS="$ROOT/.tools/engine"             # programs, from Debian packages; kept
ENGINE_DATA="$ROOT/.state/engine-data${ENGINE:+-$ENGINE}" # images and containers; deleted when the engine stops
ENGINE_RUN="/run/fortress-engine-$ENGINE_ID"   # socket, pid, what must be put back
ENGINE_BRIDGE="fe$ENGINE_ID"
ENGINE_NET="10.$((100 + 16#${ENGINE_ID:0:2} % 100))" # a range of its own: another engine may run beside this one
export DOCKER_HOST="unix://$ENGINE_RUN/docker.sock"
export DOCKER_CONFIG="$ENGINE_TOOLS/config" # no login, no plugin of the user's
for programs in "$ENGINE_TOOLS/root" ${ENGINE:+"$ENGINE_TOOLS/$ENGINE"}; do
  export PATH="$programs/usr/bin:$programs/usr/sbin:$PATH"
done

say() { printf 'engine: %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
