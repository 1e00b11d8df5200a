# shellcheck shell=bash
# Sourced by the containers suite while the project runs: checks docker inspect, image history and layers, image sizes and
# start times.
readarray -t all < <(docker ps -q)
inspected=$(docker inspect "${all[@]}")

# every NAME JQ-CONDITION: holds for every container; prints the others.
every() {
  local wrong
  wrong=$(jq -r "[.[] | select(($2) | not) | .Name[1:]] | join(\" \")" <<<"$inspected")
  if [ "${#all[@]}" -ge 12 ] && [ -z "$wrong" ]; then
    pass "$1 (${#all[@]} containers)"
  else
    fail "$1" "not of ${#all[@]} containers: $wrong"
  fi
}
every "the root filesystem is read-only" '.HostConfig.ReadonlyRootfs'
every "all capabilities are dropped" '(.HostConfig.CapDrop == ["ALL"]) and ((.HostConfig.CapAdd // []) == []) and (.HostConfig.Privileged | not)'
every "no-new-privileges is set" '.HostConfig.SecurityOpt | index("no-new-privileges:true") != null'
every "memory and processes are limited" '.HostConfig.Memory > 0 and .HostConfig.PidsLimit > 0'
every "logs are rotated" '.HostConfig.LogConfig.Config["max-size"] == "10m"'
every "logging is non-blocking" '.HostConfig.LogConfig | .Type == "json-file" and .Config["mode"] == "non-blocking" and .Config["max-buffer-size"] == "4m"'
every "the restart policy is unless-stopped" '.HostConfig.RestartPolicy.Name == "unless-stopped"'
every "no container starts as root" '.Config.User | test("^(|0|root)(:|$)") | not'
roots=$(for id in "${all[@]}"; do docker top "$id" -eo pid,uid,comm | awk 'NR > 1 && $2 == 0 { print $3 }'; done)
check "no process runs as root" test -z "$roots"

gateway=$(docker compose ps -q gateway)
cpus=$(nproc)
check "the gateway has a worker process for each CPU, at most 8" \
  test "$(docker top "$gateway" -eo pid,args | grep -c 'nginx: worker process$')" -eq $((cpus < 8 ? cpus : 8))

eval "$("$BUN" ops/cli.ts settings)"
published=$(jq -r '.[].NetworkSettings.Ports // {} | .[] | select(.) | .[] | "\(.HostIp):\(.HostPort)"' <<<"$inspected" | sort | xargs)
expected=$(printf '%s\n' "$BIND_ADDRESS:$HTTPS_PORT" "$BIND_ADDRESS:$HTTP_PORT" "127.0.0.1:$PROMETHEUS_PORT" \
  "127.0.0.1:$EXPORTER_PORT" "127.0.0.1:$ALERTMANAGER_PORT" | sort | xargs)
check "only these ports are published: $expected" test "$published" = "$expected"
worker=$(docker compose ps -q "$TARGET_WORKER" | sed -n 1p)
check "a worker is in internal networks only" bash -c "docker inspect $worker | jq -r '.[0].NetworkSettings.Networks | keys[]' |
  xargs -n 1 docker network inspect | jq -e 'all(.[]; .Internal)'"
check "a worker's image has no shell" bash -c "! docker exec $worker /bin/sh -c true 2>/dev/null"

code=0
output=$(docker run --rm --read-only --tmpfs /run/gateway:uid=101,gid=101 fortress/gateway:dev 2>&1) || code=$?
check "without its configuration the gateway exits with the missing path" \
  bash -c "test $code -eq 1 && grep -q '^error: there is no /etc/fortress/current/nginx.conf' <<<'$output'"

# The unpacked layers and the history of the built images hold no key, password or source.
layers=$(mktemp -d)
for image in $(docker compose config --images | grep '^fortress/' | sort -u); do
  mkdir "$layers/image"
  docker save "$image" | tar -xC "$layers/image"
  # manifest.json lists the layer files, whose names depend on the engine; tar detects compression.
  for layer in $(jq -r '.[].Layers[]' "$layers/image/manifest.json"); do
    mkdir -p "$layers/$layer.d"
    tar -xf "$layers/image/$layer" -C "$layers/$layer.d"
  done
  rm -rf "$layers/image"
  docker history --no-trunc --format '{{.CreatedBy}}' "$image" >>"$layers/history"
done
key=$(sed -n 2p "${TLS_KEY_FILE:?}") hash=$(cut -d: -f2 gateway/secrets/htpasswd | head -n 1)
password_hash=${hash:7:22}
check "no key in any layer" bash -c "! grep -rqF -- '$key' '$layers'"
check "no certificate's key file, password file or .env in any layer" \
  bash -c "! find '$layers' \( -name 'nginx.key' -o -name htpasswd -o -name '.env*' -o -name grafana_admin \) | grep -q ."
check "no password hash in any layer" bash -c "! grep -rqF -- '$password_hash' '$layers'"
check "no secret in the history" bash -c "! grep -qiE 'password|secret|BEGIN .*KEY' '$layers/history'"
check "the search itself works: it finds auth_basic_user_file" grep -rqF 'auth_basic_user_file' "$layers"
created=$(docker create "fortress/$TARGET_WORKER:dev")
# Docker itself adds mount points to a container: .dockerenv, dev/console, etc/hosts, etc/hostname, etc/resolv.conf.
files=$(docker export "$created" | tar -t | grep -v '/$' | grep -vE '^(\.dockerenv|dev/console|etc/(hosts|hostname|resolv\.conf|mtab))$')
docker rm "$created" >/dev/null
known=$(grep -cE '^(worker|version|etc/passwd|lib.*/(lib(c|m|dl|pthread)|ld-linux-[a-z0-9-]+)\.so\.[0-9]+)$' <<<"$files")
check "a worker's image holds the binary, its version, five files of the C library and etc/passwd: $(xargs <<<"$files")" \
  test "$known" -eq 8 -a "$(wc -l <<<"$files")" -eq 8
rm -rf "$layers"

# Image sizes, start times and memory.
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
