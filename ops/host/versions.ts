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

/** What should run: the version of each worker, and at most one preview of each. */
export interface Wanted {
  versions: Versions;
  previews: Readonly<Record<string, Preview>>;
}

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

export { previewName } from "../../gateway/generated.ts";

/** Called with the workers whose replicas change, before the first one does. */
export type Replacing = (workers: string[]) => void;
