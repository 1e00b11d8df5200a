// One way in which a server behind the gateway can be wrong.
import type { Presence } from "./servers/front.ts";
import { closes, type Hostile } from "./servers/hostile.ts";

export interface Fault {
  name: string;
  presence: Presence;
  hostile: Hostile;
  /** Statuses of the hostile server's own making; a worker's pass through the gateway as they are. */
  own: readonly number[];
  /** Its answer is a whole yes: from a verifier it lets its client in, as a verifier's may. */
  yes: boolean;
  /** No answer at all, so another replica may be asked. */
  retried: boolean;
  /** nginx takes it for HTTP/0.9 or for a last answer, and passes it on as it is. */
  raw: boolean;
}

export function absent(name: string, presence: Presence): Fault {
  return { name, presence, hostile: closes, own: [], yes: false, retried: true, raw: false };
}
interface Lie {
  own?: number[];
  yes?: boolean;
  retried?: boolean;
  raw?: boolean;
}
export function lies(
  name: string,
  hostile: Hostile,
  { own = [], yes = false, retried = false, raw = false }: Lie = {},
): Fault {
  return { name, presence: "answers", hostile, own, yes, retried, raw };
}
