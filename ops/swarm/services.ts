import { mustRun } from "../lib/run.ts";

export interface Service {
  ID: string;
  Spec: { Name: string; TaskTemplate: unknown; EndpointSpec?: unknown };
  PreviousSpec?: { TaskTemplate: unknown };
  UpdateStatus?: { State?: string; StartedAt?: string; Message?: string };
  ServiceStatus: { RunningTasks: number; DesiredTasks: number };
}

const ofStack = (stack: string) => ["--filter", `label=com.docker.stack.namespace=${stack}`];

/** The stack's services, by name without the stack's own. */
export function services(stack: string): Map<string, Service> {
  const counts = new Map(
    mustRun(["docker", "service", "ls", ...ofStack(stack), "--format", "{{.ID}} {{.Replicas}}"])
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" "))
      .map(([id = "", replicas = ""]) => [id, replicas.split("/").map(Number)]),
  );
  if (counts.size === 0) return new Map();
  const found = JSON.parse(mustRun(["docker", "service", "inspect", ...counts.keys()])) as Service[];
  return new Map(
    found.map((service) => {
      const [, [RunningTasks = 0, DesiredTasks = 0] = []] =
        [...counts].find(([id]) => service.ID.startsWith(id)) ?? [];
      const ServiceStatus = { RunningTasks, DesiredTasks };
      return [service.Spec.Name.slice(stack.length + 1), { ...service, ServiceStatus }];
    }),
  );
}

/** Why the newest task of a service that failed did, in its own words. */
export function lastError(name: string): string {
  const lines = mustRun(["docker", "service", "ps", "--no-trunc", "--format", "{{.Error}}", name]).split(
    "\n",
  );
  return lines.find((line) => line !== "") ?? "no task says why";
}

/** Removes the stack's secrets and configs of earlier deployments that no service, nor its way back, refers to. */
export function removeUnused(stack: string): void {
  const used = JSON.stringify(
    [...services(stack).values()].map(({ Spec, PreviousSpec }) => [Spec, PreviousSpec]),
  );
  for (const kind of ["secret", "config"]) {
    const all = mustRun(["docker", kind, "ls", ...ofStack(stack), "--format", "{{.Name}}"]).split("\n");
    const unused = all.filter((name) => name !== "" && !used.includes(`"${name}"`));
    if (unused.length > 0) mustRun(["docker", kind, "rm", ...unused]);
  }
}
