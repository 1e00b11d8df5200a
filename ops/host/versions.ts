// The terms that the commands and the runtimes share. A version is named by 12 hex digits: a hash of what a worker is made of.

/** The version of each worker. */
export type Versions = Readonly<Record<string, string>>;

/** One replica of a version, beside those that answer by default; only X-Version reaches it. */
export interface Preview {
  version: string;
  /** When it ends by itself, in ms since the epoch. */
  until: number;
  /** Whether it has the worker's data folder, instead of an empty one of its own. */
  sharesData: boolean;
}

/** Of a worker's live requests, a sample is also asked of another version. */
export interface Shadow {
  /** The worker that answers, by its live version. */
  from: string;
  to: string;
  /** The version of the preview of `to` that is asked; absent: its live version. */
  preview?: string;
  /** Percent of the requests. */
  percent: number;
  /** As the route file has it, without its star; absent: all paths of the worker. */
  path?: string;
  /** The share of the sample for which the live version is asked twice, 0 to 1. */
  noise: number;
  /** How many of the most different pairs of the last hour are kept, until a time in ms since the epoch. */
  keep: number;
  keepUntil: number;
  /** Opens pairs and report. */
  key: string;
}

/** A growing share of a worker's clients is answered by another version. */
export interface Canary {
  /** Of this one: what an earlier one decided does not count. */
  id: string;
  from: string;
  to: string;
  /** The version of the preview of `to`; absent: its live version. */
  preview?: string;
  /** What is compared; with other versions it ends. */
  versions: { stable: string; candidate: string };
  /** The key of the shadow that was started for it, and ends with it. */
  shadow?: string;
  /** Percent of the clients, ascending; 0 is the evidence of a shadow. */
  steps: number[];
  /** How long a step may be undecided, in ms, and what follows. */
  stepMs: number;
  onTimeout: "hold" | "rollback";
  /** The share of the same answers that the shadow must find, 0 to 1. */
  agree: number;
  /** A command began to end it. */
  ended?: true;
}

/** What should run: the version of each worker, at most one preview of each, at most one shadow and one canary. */
export interface Wanted {
  versions: Versions;
  previews: Readonly<Record<string, Preview>>;
  shadow?: Shadow;
  canary?: Canary;
}

/** The version that a shadow or a canary compares with; undefined where it does not run. */
export function candidateVersion(
  wanted: Wanted,
  { to, preview }: Pick<Shadow, "to" | "preview">,
): string | undefined {
  if (preview === undefined) return wanted.versions[to];
  return wanted.previews[to]?.version === preview ? preview : undefined;
}

/** Whether a canary compares what runs. */
export function isCurrent(wanted: Wanted, canary: Canary): boolean {
  const { stable, candidate } = canary.versions;
  return wanted.versions[canary.from] === stable && candidateVersion(wanted, canary) === candidate;
}

/** The name of a shadow's process or service, and its label in metrics and logs. */
export const shadowName = (worker: string) => `${worker}.shadow`;

/** A version whose bundle or image is kept by a runtime. */
export interface Stored {
  worker: string;
  version: string;
  /** On disk; packages and layers that versions share are counted for each. */
  bytes: number;
}

/** The replicas of one version that run now. */
export interface Running {
  worker: string;
  version: string;
  replicas: number;
  preview: boolean;
}

export { canaryName, previewName } from "../../gateway/generated.ts";

/** Called with the workers whose replicas change, before the first one does. */
export type Replacing = (workers: string[]) => void;
