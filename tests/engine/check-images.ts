// Compares `docker compose config` (standard input) with images.yaml, and images.yaml with the local images: a service
// may use only the user, entrypoint, paths and tools of its image.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { baseImages } from "../../ops/host/docker/engine.ts";

interface Row {
  user: string;
  entrypoint: string[];
  workdir: string;
  writable: string[];
  tools: string;
  go?: boolean;
}
interface Service {
  image: string;
  user?: string;
  working_dir?: string;
  entrypoint?: string[] | null;
  profiles?: string[];
  environment?: Record<string, string | null>;
  build?: { dockerfile: string };
  healthcheck?: { test: string[] };
  volumes?: { type: string; source: string; target: string; read_only?: boolean }[];
  tmpfs?: string[];
}
interface Model {
  services: Record<string, Service>;
  volumes: Record<string, { driver_opts?: { type?: string } } | null>;
}
interface Image {
  Config: { User: string; Entrypoint: string[] | null; WorkingDir: string };
}

const root = join(import.meta.dir, "../..");
const table = Bun.YAML.parse(readFileSync(join(import.meta.dir, "images.yaml"), "utf8")) as Record<
  string,
  Row
>;
const { services, volumes } = (await Bun.stdin.json()) as Model;
const wrong: string[] = [];
const repository = (image: string) => image.replace(/:[^:/]*$/, "");

function inspect(image: string): Image | undefined {
  const { exitCode, stdout } = Bun.spawnSync(["docker", "image", "inspect", image], { stderr: "ignore" });
  return exitCode === 0 ? (JSON.parse(stdout.toString()) as Image[])[0] : undefined;
}

/** The row of a service's image; for a built image, of its last base with the user of its Dockerfile. */
function rowOf({ image, build }: Service): Row | undefined {
  if (!build) return table[repository(image)];
  const text = readFileSync(join(root, build.dockerfile), "utf8");
  const stages = [...text.matchAll(/^FROM\s+(\S+)(?:\s+AS\s+(\S+))?/gim)];
  let base = stages.at(-1)?.[1] ?? "";
  for (const [, from = "", stage] of stages.toReversed()) if (stage === base) base = from;
  const config = inspect(image)?.Config;
  const nothing = { user: "", entrypoint: [], workdir: "/", writable: [], tools: "" };
  const row = base === "scratch" ? nothing : table[repository(base)];
  const writable = /chown \d+:\d+ \/image\/data$/m.test(text) ? ["/data"] : []; // of a worker
  return (
    row && {
      ...row,
      user: config?.User ?? "",
      entrypoint: config?.Entrypoint ?? row.entrypoint,
      writable: [...row.writable, ...writable],
    }
  );
}

/** The programs of a healthcheck: the first word of each command. */
function programs([kind, ...words]: string[]): string[] {
  if (kind === undefined || kind === "NONE") return [];
  if (kind === "CMD") return words.slice(0, 1);
  const commands = (words[0] ?? "").split(/\|\||&&|[|;]/);
  return ["sh", ...commands.map((command) => command.trim().split(/\s+/)[0] ?? "")];
}

for (const [name, service] of Object.entries(services)) {
  const built = Object.values(services).find(({ image, build }) => build && image === service.image);
  const row = rowOf({ ...service, ...(built?.build && { build: built.build }) });
  const say = (what: string) => wrong.push(`${name}: ${what}`);
  for (const base of service.build
    ? baseImages(readFileSync(join(root, service.build.dockerfile), "utf8"))
    : [])
    if (!table[repository(base)]) say(`its base ${base} is not in images.yaml`);
  if (!row) {
    say(`${service.image} is not in images.yaml`);
    continue;
  }
  const user = (service.user ?? row.user) || "root";
  const byHand = service.profiles !== undefined; // not started with the project
  if (/^(root|0)(:|$)/.test(user) && !byHand) say("runs as root");
  if (service.entrypoint) say("overrides the entrypoint, which images.yaml does not cover");
  // Go starts a thread per CPU, and pids_limit counts threads.
  if (row.go && !byHand && !service.environment?.["GOMAXPROCS"]) say("a Go program without GOMAXPROCS");
  for (const tool of programs(service.healthcheck?.test ?? []))
    if (tool && !row.tools.split(" ").includes(tool) && !row.entrypoint.includes(tool))
      say(`its image has no ${tool}`);
  for (const { type, source, target, read_only } of service.volumes ?? []) {
    const inMemory = type === "volume" && volumes[source]?.driver_opts?.type === "tmpfs"; // tmpfs with its own owner
    if (type !== "volume" || read_only || inMemory) continue;
    if (!row.writable.includes(target)) say(`${target} is not writable in its image`);
    if (service.user && service.user !== row.user)
      say(`${target} belongs to ${row.user}, it runs as ${user}`);
  }
  for (const mount of service.tmpfs ?? []) {
    const uid = /uid=(\d+)/.exec(mount)?.[1] ?? "0";
    if (uid !== user.split(":")[0]) say(`${mount.split(":")[0]} belongs to ${uid}, it runs as ${user}`);
  }
  const image = service.build ? undefined : inspect(service.image)?.Config;
  if (!image) continue;
  const found = [image.User, image.Entrypoint ?? [], image.WorkingDir || "/"];
  if (!Bun.deepEquals(found, [row.user, row.entrypoint, row.workdir]))
    say(`${service.image} differs from images.yaml: ${JSON.stringify(found)}`);
}
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log(`${Object.keys(services).length} services match their images`);
