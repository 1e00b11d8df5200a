# shellcheck shell=bash
# Sourced by the container suite while the project runs: what docker inspect, the image history and the exported
# layers say.
readarray -t all < <(docker ps -q)
inspected=$(docker inspect "${all[@]}")

# every NAME JQ-CONDITION: true of every container; those of which it is not are named.
every() {
  local wrong
  wrong=$(jq -r "[.[] | select(($2) | not) | .Name[1:]] | join(\" \")" <<<"$inspected")
  if [ "${#all[@]}" -ge 12 ] && [ -z "$wrong" ]; then
    pass "$1 (${#all[@]} containers)"
  else
    fail "$1" "of ${#all[@]} containers not: $wrong"
  fi
}
every "the root filesystem is read-only" '.HostConfig.ReadonlyRootfs'
every "no capability is left" '(.HostConfig.CapDrop == ["ALL"]) and ((.HostConfig.CapAdd // []) == []) and (.HostConfig.Privileged | not)'
every "no process may gain privileges" '.HostConfig.SecurityOpt | index("no-new-privileges:true") != null'
every "memory and processes are limited" '.HostConfig.Memory > 0 and .HostConfig.PidsLimit > 0'
every "logs are rotated" '.HostConfig.LogConfig.Config["max-size"] == "10m"'
every "no program waits for a log reader" '.HostConfig.LogConfig | .Type == "json-file" and .Config["mode"] == "non-blocking" and .Config["max-buffer-size"] == "4m"'
every "what ends is started again" '.HostConfig.RestartPolicy.Name == "unless-stopped"'
every "no image or service starts as root" '.Config.User | test("^(|0|root)(:|$)") | not'
roots=$(for id in "${all[@]}"; do docker top "$id" -eo pid,uid,comm | awk 'NR > 1 && $2 == 0 { print $3 }'; done)
check "no process runs as root" test -z "$roots"

gateway=$(docker compose ps -q gateway)
cpus=$(nproc)
check "the gateway has a worker process for each CPU, at most 8" \
  test "$(docker top "$gateway" -eo pid,args | grep -c 'nginx: worker process$')" -eq $((cpus < 8 ? cpus : 8))

eval "$("$BUN" ops/settings.ts)"
published=$(jq -r '.[].NetworkSettings.Ports // {} | .[] | select(.) | .[] | "\(.HostIp):\(.HostPort)"' <<<"$inspected" | sort | xargs)
expected=$(printf '%s\n' "$BIND_ADDRESS:$HTTPS_PORT" "$BIND_ADDRESS:$HTTP_PORT" "127.0.0.1:$PROMETHEUS_PORT" \
  "127.0.0.1:$EXPORTER_PORT" "127.0.0.1:$ALERTMANAGER_PORT" | sort | xargs)
check "published are $expected, and nothing else" test "$published" = "$expected"
worker=$(docker compose ps -q api-v1 | sed -n 1p)
check "a worker's networks lead nowhere outside" bash -c "docker inspect $worker | jq -r '.[0].NetworkSettings.Networks | keys[]' |
  xargs -n 1 docker network inspect | jq -e 'all(.[]; .Internal)'"
check "a worker's image has no shell" bash -c "! docker exec $worker /bin/sh -c true 2>/dev/null"

code=0
said=$(docker run --rm --read-only --tmpfs /run/gateway:uid=101,gid=101 fortress/gateway:dev 2>&1) || code=$?
check "the gateway does not start without its configuration, and says where that belongs" \
  bash -c "test $code -eq 1 && grep -q '^error: there is no /etc/fortress/current/nginx.conf' <<<'$said'"

# The layers of our own images, unpacked: no key, no password, no source, and nothing in the history either.
layers=$(mktemp -d)
for image in $(docker compose config --images | grep '^fortress/' | sort -u); do
  mkdir "$layers/image"
  docker save "$image" | tar -xC "$layers/image"
  # manifest.json names the layers whatever the engine calls their files; tar sees whether they are compressed.
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
check "the search finds what is there" grep -rqF 'auth_basic_user_file' "$layers"
created=$(docker create fortress/api-v1:dev)
# Docker itself adds mount points to a container: .dockerenv, dev/console, etc/hosts, etc/hostname, etc/resolv.conf.
files=$(docker export "$created" | tar -t | grep -v '/$' | grep -vE '^(\.dockerenv|dev/console|etc/(hosts|hostname|resolv\.conf|mtab))$')
docker rm "$created" >/dev/null
known=$(grep -cE '^(worker|etc/passwd|lib.*/(lib(c|m|dl|pthread)|ld-linux-[a-z0-9-]+)\.so\.[0-9]+)$' <<<"$files")
check "a worker's image is the binary, the five files of the C library and a user's name: $(xargs <<<"$files")" \
  test "$known" -eq 7 -a "$(wc -l <<<"$files")" -eq 7
rm -rf "$layers"

# shellcheck source=tests/engine/sizes.sh
source "$ROOT/tests/engine/sizes.sh"
