# shellcheck shell=bash
# Sourced by the container suite: how large the images are, how fast a worker starts, what it keeps in memory.
mb() { awk -v b="$1" 'BEGIN { printf "%.1f", b / 1e6 }'; }
bun_size=$(stat -Lc %s "$BUN")
worker_size=$(docker image inspect -f '{{.Size}}' "fortress/$TARGET_WORKER:dev")
gateway_size=$(docker image inspect -f '{{.Size}}' fortress/gateway:dev)
base_size=$(docker image inspect -f '{{.Size}}' "$(sed -n 's/^FROM \(nginx:[^ ]*\).*/\1/p' gateway/Dockerfile)")
printf '        Bun %s MB, worker image %s MB, gateway image %s MB (its base %s MB)\n' \
  "$(mb "$bun_size")" "$(mb "$worker_size")" "$(mb "$gateway_size")" "$(mb "$base_size")"
check "a worker's image is at most Bun + 14 MB" test "$worker_size" -le $((bun_size + 14000000))

runs=() inner=()
for _ in 1 2 3 4 5; do
  result=$("$BUN" tests/engine/first-answer.ts "fortress/$TARGET_WORKER:dev")
  runs+=("${result% *}") inner+=("${result#* }")
done
median() { printf '%s\n' "$@" | sort -n | sed -n 3p; }
printf '        docker run to the first 200: %s ms (median of %s); process to ready: %s ms (median of %s)\n' \
  "$(median "${runs[@]}")" "${runs[*]}" "$(median "${inner[@]}")" "${inner[*]}"
check "process to ready takes at most 250 ms, the best of five" \
  test "$(printf '%s\n' "${inner[@]}" | sort -n | head -n 1)" -le 250
memory=$(docker stats --no-stream --format '{{.Name}} {{.MemUsage}}' | grep -E -- "-($(worker_names | paste -sd '|'))-" |
  awk '{ print $2 }' | xargs)
printf '        memory of each replica (cgroup, without shared page cache): %s\n' "$memory"
