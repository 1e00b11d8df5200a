// Every inner hop of the gateway, by every fault, on every nginx.
import type { Cell, Hop } from "./cell.ts";
import { FAULTS } from "./faults.ts";
import { versions } from "./nginx.ts";

export const HOPS: readonly Hop[] = [
  { name: "gateway → verifier", role: "verifier", fronts: ["verifier.sock"] },
  { name: "gateway → api-v1", role: "worker", fronts: ["api-v1 1", "api-v1 2"] },
  { name: "gateway → api-v1, one of two", role: "worker", fronts: ["api-v1 2"] },
  { name: "gateway → language", role: "worker", fronts: ["language 1"] },
];

export function matrix(): Cell[] {
  return versions().flatMap((version) =>
    HOPS.flatMap((hop) =>
      FAULTS.map((fault) => ({ name: `${version.name} · ${hop.name} · ${fault.name}`, version, hop, fault })),
    ),
  );
}
