// The fields of a worker's service in compose.yaml: what the runtimes read of them, and what native mode refuses.
// Containers may use all of Compose: a field in another form is left to Compose.
import { resolve } from "node:path";
import type { ComposeFile, Service } from "./compose-file.ts";
import { UserError } from "./fail.ts";

export interface Secret {
  name: string;
  /** Absolute path. */
  file: string;
}

export interface WorkerFields {
  environment: Record<string, string>;
  secrets: Secret[];
  /** The named volume mounted at /data. */
  data?: string;
  /** Whether it may reach other hosts: it is in the network `outbound`. */
  outbound: boolean;
}

const VOLUME = /^([A-Za-z0-9][A-Za-z0-9_.-]*):\/data$/;
export const SECRET_NAME = /^[A-Z][A-Z0-9_]*$/;
const OUTBOUND = "outbound";
/**
 * Honoured, or restrictions and parts of a container that a process does not need: it has the machine's /etc/hosts, so
 * one compose.yaml may name host.docker.internal in extra_hosts.
 */
const NATIVE_FIELDS =
  /^(x-.*|environment|secrets|volumes|networks|deploy|image|build|pull_policy|platform|restart|init|labels|annotations|read_only|tmpfs|cap_drop|security_opt|logging|stop_grace_period|healthcheck|mem_limit|pids_limit|cpus|shm_size|ulimits|extra_hosts)$/;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A service's `environment:`, a map or a list of NAME=VALUE, as strings. */
export function strings(block: Service["environment"] = {}): Record<string, string> {
  const pairs = Array.isArray(block)
    ? block.map((line): [string, string] => {
        const [name = "", ...value] = line.split("=");
        return [name, value.join("=")];
      })
    : Object.entries(block ?? {});
  return Object.fromEntries(pairs.map(([name, value]) => [name, String(value ?? "")]));
}

/** @param root the folder of compose.yaml. */
export function workerFields(service: Service, compose: ComposeFile, root: string): WorkerFields {
  const { networks = {} } = service;
  const secrets = list(service.secrets).flatMap((name) => {
    const file = typeof name === "string" ? compose.secrets?.[name]?.file : undefined;
    return file === undefined ? [] : [{ name: String(name), file: resolve(root, file) }];
  });
  const [data] = list(service.volumes).flatMap((volume) => VOLUME.exec(String(volume))?.[1] ?? []);
  const outbound = Array.isArray(networks) ? networks.includes(OUTBOUND) : OUTBOUND in (networks ?? {});
  return { environment: strings(service.environment), secrets, ...(data && { data }), outbound };
}

function secretProblem(name: unknown, compose: ComposeFile): string | undefined {
  if (typeof name !== "string" || !SECRET_NAME.test(name))
    return `secrets: ${JSON.stringify(name)} must be a name like API_KEY`;
  return typeof compose.secrets?.[name]?.file === "string"
    ? undefined
    : `secrets: ${name} must be defined at the end of compose.yaml: ${name}: { file: ./secrets/${name} }`;
}

function volumeProblem(volumes: unknown[], compose: ComposeFile): string | undefined {
  const [first, ...others] = volumes;
  if (first === undefined) return undefined;
  const [, volume = ""] = VOLUME.exec(String(first)) ?? [];
  if (others.length > 0 || !volume)
    return `volumes: native mode has one named volume at /data (NAME:/data), not ${JSON.stringify(volumes)}`;
  return Object.hasOwn(compose.volumes ?? {}, volume)
    ? undefined
    : `volumes: ${volume} must be defined at the end of compose.yaml: ${volume}: {}`;
}

function environmentProblem({ environment }: Service): string | undefined {
  const without = Array.isArray(environment)
    ? environment.filter((line) => !line.includes("="))
    : Object.entries(environment ?? {})
        .filter(([, value]) => value === null || typeof value === "object")
        .map(([name]) => name);
  return without[0] === undefined ? undefined : `environment: ${without[0]} has no value`;
}

function problem(service: Service, compose: ComposeFile): string | undefined {
  const other = Object.keys(service).find((field) => !NATIVE_FIELDS.test(field));
  if (other) return `${other}: native mode cannot do this: remove it, or use RUNTIME=compose`;
  if (!isMap(service.networks ?? {}) && !Array.isArray(service.networks))
    return "networks: must be a map or a list";
  const secrets = list(service.secrets).flatMap((name) => secretProblem(name, compose) ?? []);
  return environmentProblem(service) ?? secrets[0] ?? volumeProblem(list(service.volumes), compose);
}

/** @throws UserError with the first field of these workers that native mode cannot honour. */
export function refuseForNative(names: readonly string[], compose: ComposeFile): void {
  const owners = new Map<string, string>();
  for (const name of names) {
    const service = compose.services[name] ?? {};
    const found = problem(service, compose);
    if (found) throw new UserError(`compose.yaml: ${name}: ${found}`);
    for (const volume of list(service.volumes).map(String)) {
      const owner = owners.get(volume);
      if (owner)
        throw new UserError(
          `compose.yaml: ${name}: volumes: ${volume} belongs to ${owner}: natively a data folder has one owner`,
        );
      owners.set(volume, name);
    }
  }
}
