// A canary: the share of a worker's clients that another version answers. The share is a file's name in a folder, so that it
// changes without a reload: the highest step that has a file counts, none is a share of 0.
import { canaryName, type Server, upstream } from "./generated.ts";

export interface Canary {
  /** The worker whose clients are shared. */
  worker: string;
  /** Of the candidate. */
  servers: readonly Server[];
  /** The name server for `resolve`. */
  resolver?: string;
  /** Percent of the clients, ascending, above 0. */
  steps: readonly number[];
  /** Where the files are, as nginx sees it. */
  folder: string;
}

/** Which clients are in: the same ones for every canary and share, so that one that is in stays in while the share grows. */
const SALT = "fortress";

const step = (percent: number) => `$canary_at_${String(percent).replace(".", "_")}`;

/** Shares that split_clients accepts beside "*"; 100% is none. */
function split(percent: number): string {
  if (percent === 100) return `map "" ${step(percent)} {\n    default 1;\n}`;
  return `split_clients "${SALT} $canary_client" ${step(percent)} {\n    ${percent.toFixed(2)}% 1;\n    *     0;\n}`;
}

/**
 * `$canary_from` is the worker whose clients are shared, `$canary_upstream` what answers this one. A client is the user, or
 * the address where there is none. Not $authenticated_user: locations choose the upstream before authentication.
 */
export function canaryConf(canary: Canary | undefined): string {
  if (!canary)
    return `map "" $canary_from {\n    default "";\n}\nmap "" $canary_upstream {\n    default "";\n}`;
  const { worker, servers, resolver, steps } = canary;
  const name = canaryName(worker);
  return [
    upstream({ worker: name, servers, ...(resolver && { resolver }) }),
    `map "" $canary_from {\n    default ${worker};\n}`,
    'map $remote_user $canary_client {\n    default "user $remote_user";\n    ""      "address $remote_addr";\n}',
    ...steps.map(split),
    `map $canary_step $canary_is_in {\n    default 0;\n${steps.map((one) => `    ${one} ${step(one)};\n`).join("")}}`,
    `map $canary_is_in $canary_upstream {\n    default ${worker};\n    1 ${name};\n}`,
  ].join("\n");
}

/** share.conf, which the server includes: sets `$canary_step`. */
export function shareConf(canary: Canary | undefined): string {
  const head = "# Written by gateway/canary.ts: the share of a canary.\n";
  if (!canary) return head;
  const { steps, folder } = canary;
  const files = steps.map((one) => `if (-f "${folder}/${one}") {\n    set $canary_step ${one};\n}\n`);
  return `${head}set $canary_step 0;\n${files.join("")}`;
}
