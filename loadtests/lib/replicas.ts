import { SharedArray } from "k6/data";
import { parse } from "../../node_modules/yaml/browser/index.js"; // k6 has no YAML parser and finds no package by name
import type { ComposeFile } from "../../ops/settings/compose-file.ts";
import { interpolate } from "../../ops/settings/interpolate.ts";
import { option, read, variables } from "./settings.ts";

/** deploy.replicas of a service in compose.yaml; REPLICAS overrides it, for a scaled project. */
export function replicas(service: string): number {
  // Parsing takes k6 half a second: once for all virtual users.
  const [count = 1] = new SharedArray(`replicas of ${service}`, () => {
    const { services }: ComposeFile = parse(read("compose.yaml"), { merge: true });
    return [Number(interpolate(String(services[service]?.deploy?.replicas ?? 1), variables))];
  });
  return option("REPLICAS", count);
}
