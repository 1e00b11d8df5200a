import { SharedArray } from "k6/data";
import { parse } from "../../node_modules/yaml/browser/index.js"; // k6 has no YAML parser and cannot resolve package names
import type { ComposeFile } from "../../ops/settings/compose-file.ts";
import { interpolate } from "../../ops/settings/interpolate.ts";
import { option, read, variables } from "./settings.ts";

/**
 * deploy.replicas in compose.yaml of WORKER, or of the first worker; REPLICAS overrides it, for a scaled project.
 * k6 needs its thresholds before it can send a request, so the gateway cannot be asked.
 */
export function replicas(): number {
  // Parsing takes k6 half a second; a SharedArray does it once for all virtual users.
  const [count = 1] = new SharedArray("replicas", () => {
    const { services }: ComposeFile = parse(read("compose.yaml"), { merge: true });
    const first = Object.keys(services).find((name) => read(`workers/${name}.ts`) !== "");
    const wanted = services[__ENV["WORKER"] || first || ""]?.deploy?.replicas;
    return [Number(interpolate(String(wanted ?? 1), variables))];
  });
  return option("REPLICAS", count);
}
