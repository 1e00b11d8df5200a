// Compose's model as a stack file: `docker stack deploy` accepts an older format, and files become configs and secrets.
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

interface Mount {
  type: string;
  source?: string;
  target: string;
  read_only?: boolean;
  tmpfs?: { size: number };
}
interface Port {
  target: number;
  published: number;
  protocol: string;
  mode: string;
}
interface FileReference {
  source: string;
  target: string;
}

/** A service in `docker compose config --format json`, with the keys used here. */
interface ModelService {
  [key: string]: unknown;
  image: string;
  networks?: Record<string, object | null>;
  volumes?: Mount[];
  tmpfs?: string[];
  ports?: (Omit<Port, "published"> & { published: string })[];
  secrets?: FileReference[];
}
export interface Model {
  services: Record<string, ModelService>;
  networks: Record<string, { driver_opts?: Record<string, string>; [key: string]: unknown }>;
  volumes: Record<string, { name?: string; [key: string]: unknown }>;
  secrets: Record<string, { file: string }>;
}
interface NamedFile {
  name: string;
  file: string;
}
interface Stack {
  version: string;
  services: Record<string, Record<string, unknown>>;
  networks: Record<string, Record<string, unknown>>;
  volumes: Record<string, Record<string, unknown>>;
  secrets: Record<string, NamedFile>;
  configs: Record<string, NamedFile>;
}

/** Keys that swarm replaces (restart) or does not support (build); security_opt is set in the engine. */
const DROPPED = ["build", "depends_on", "restart", "security_opt", "profiles", "network_mode", "tmpfs"];
const UNITS: Record<string, number> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/**
 * Secrets and configs are immutable: changed content needs a new name, which also triggers a rolling update. The hash
 * of a secret is keyed, so that the name does not allow guessing passwords.
 */
function named(stack: string, key: string, file: string, hash: Hash | Hmac): NamedFile {
  const digest = hash.update(readFileSync(file)).digest("hex").slice(0, 12);
  return { name: `${stack}_${key.slice(-40)}_${digest}`, file };
}

/** `/run:uid=1,size=64m` as a mount. Owner and mode are unsupported; the default mode 1777 lets every user write. */
function tmpfsMount(text: string): Mount {
  const [target = "", options = ""] = text.split(":");
  const [, count, unit = ""] = /(?:^|,)size=(\d+)([kmg]?)/.exec(options) ?? [];
  const mount: Mount = { type: "tmpfs", target };
  if (count) mount.tmpfs = { size: Number(count) * (UNITS[unit] ?? 1) };
  return mount;
}

/** The files of a bind mount with their paths in the container. */
function boundFiles({ source = "", target }: Mount): FileReference[] {
  if (!statSync(source).isDirectory()) return [{ source, target }];
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ source: file, target: join(target, file.slice(source.length)) }));
}

/**
 * @param images the pinned image for each image of the model.
 * @param namesKey the key for the hashes in names of secrets.
 */
export function render(model: Model, stack: string, images: Record<string, string>, namesKey: string): Stack {
  const configs: Record<string, NamedFile> = {};
  const services = Object.entries(model.services).map(([name, service]) => {
    const mounts = service.volumes ?? [];
    const files = mounts.filter(({ type }) => type === "bind").flatMap(boundFiles);
    const references = files.map(({ source, target }) => {
      const key = `${name}_${basename(source)}_${createHash("sha256").update(target).digest("hex").slice(0, 6)}`;
      configs[key] = named(stack, key, source, createHash("sha256"));
      return { source: key, target };
    });
    const kept = Object.entries(service).filter(([key, value]) => !DROPPED.includes(key) && value !== null);
    return [
      name,
      {
        ...Object.fromEntries(kept),
        image: images[service.image] ?? service.image,
        volumes: [...mounts.filter(({ type }) => type !== "bind"), ...(service.tmpfs ?? []).map(tmpfsMount)],
        ports: (service.ports ?? []).map((port) => ({ ...port, published: Number(port.published) })),
        networks: Object.fromEntries(
          Object.entries(service.networks ?? {}).map(([key, network]) => [key, network ?? {}]),
        ),
        secrets: (service.secrets ?? []).map(({ source, target }) => ({ source, target: basename(target) })),
        configs: references,
      },
    ] as const;
  });
  const networks = Object.entries(model.networks).map(([key, { name: _name, ipam: _ipam, ...network }]) => {
    const { encrypted, ...others } = network.driver_opts ?? {};
    // The presence of `encrypted` enables it, whatever its value.
    const off = encrypted === undefined || encrypted === "false";
    const driver_opts = off ? others : { ...others, encrypted: "true" };
    return [key, { ...network, driver: "overlay", driver_opts }] as const;
  });
  const volumes = Object.entries(model.volumes).map(
    ([key, { name: _name, ...volume }]) => [key, volume] as const,
  );
  const secrets = Object.entries(model.secrets).map(
    ([key, { file }]) => [key, named(stack, key, file, createHmac("sha256", namesKey))] as const,
  );
  return {
    version: "3.9",
    services: Object.fromEntries(services),
    networks: Object.fromEntries(networks),
    volumes: Object.fromEntries(volumes),
    secrets: Object.fromEntries(secrets),
    configs,
  };
}
