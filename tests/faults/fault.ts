// One way in which a backend can fail.
import type { Presence } from "./servers/backend.ts";
import { closes, type Hostile } from "./servers/hostile.ts";

export interface Fault {
  name: string;
  presence: Presence;
  hostile: Hostile;
  /** Statuses of the hostile backend's answers; a worker's pass through the gateway. */
  statuses: readonly number[];
  /** Its answer is a complete 2xx: from a verifier it admits the client. */
  admits: boolean;
  /** No answer, so another replica is tried. */
  retried: boolean;
  /** nginx takes it for HTTP/0.9 or for a final answer, and passes it on unchanged. */
  raw: boolean;
}

export function absent(name: string, presence: Presence): Fault {
  return { name, presence, hostile: closes, statuses: [], admits: false, retried: true, raw: false };
}
interface FaultOptions {
  statuses?: number[];
  admits?: boolean;
  retried?: boolean;
  raw?: boolean;
}
export function fault(
  name: string,
  hostile: Hostile,
  { statuses = [], admits = false, retried = false, raw = false }: FaultOptions = {},
): Fault {
  return { name, presence: "answers", hostile, statuses, admits, retried, raw };
}
