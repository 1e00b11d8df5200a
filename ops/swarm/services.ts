// The services of the stack: desired and running tasks, and their nodes.
import { leftOut } from "../host/missing-secrets.ts";
import { mustRun, run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { secretProblem, workers } from "../settings/project.ts";
import { nodes, stackModel } from "./model.ts";

export interface Service {
  ID: string;
  Spec: { Name: string; Labels: Record<string, string>; TaskTemplate: unknown; EndpointSpec?: unknown };
  PreviousSpec?: { TaskTemplate: unknown };
  UpdateStatus?: { State?: string; StartedAt?: string; Message?: string };
  ServiceStatus: { RunningTasks: number; DesiredTasks: number };
}

const ofStack = (stack: string) => ["--filter", `label=com.docker.stack.namespace=${stack}`];

/** Running tasks on ready nodes, by service. Swarm also counts those of lost nodes. */
function alive(stack: string): Map<string, number> {
  // `docker stack ps` fails for a stack without tasks, which is no error here.
  const lines = (...command: string[]) => run(["docker", ...command]).stdout.split("\n");
  const ready = new Set(
    lines("node", "ls", "--format", "{{.ID}} {{.Status}}").flatMap((line) =>
      line.endsWith(" Ready") ? [line.split(" ")[0] ?? ""] : [],
    ),
  );
  const counts = new Map<string, number>();
  const format = ["--format", "{{.Name}} {{.Node}} {{.CurrentState}}"]; // with --no-resolve: SERVICE_ID.SLOT NODE_ID
  for (const line of lines(
    ...["stack", "ps", "--no-trunc", "--no-resolve", "--filter", "desired-state=running", ...format, stack],
  )) {
    const [task = "", node = "", state] = line.split(" ");
    const service = task.split(".")[0] ?? "";
    if (state === "Running" && ready.has(node)) counts.set(service, (counts.get(service) ?? 0) + 1);
  }
  return counts;
}

/** The stack's services, by name without the stack's prefix. */
export function services(stack: string): Map<string, Service> {
  const desired = new Map(
    mustRun(["docker", "service", "ls", ...ofStack(stack), "--format", "{{.ID}} {{.Replicas}}"])
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" "))
      .map(([id = "", replicas = ""]) => [id, Number(replicas.split("/")[1])]),
  );
  if (desired.size === 0) return new Map();
  const running = alive(stack);
  const found = JSON.parse(mustRun(["docker", "service", "inspect", ...desired.keys()])) as Service[];
  return new Map(
    found.map((service) => {
      const [, DesiredTasks = 0] = [...desired].find(([id]) => service.ID.startsWith(id)) ?? [];
      const ServiceStatus = { RunningTasks: running.get(service.ID) ?? 0, DesiredTasks };
      return [service.Spec.Name.slice(stack.length + 1), { ...service, ServiceStatus }];
    }),
  );
}

/** The error of the newest failed task of a service. */
export function lastError(name: string): string {
  const lines = mustRun(["docker", "service", "ps", "--no-trunc", "--format", "{{.Error}}", name]).split(
    "\n",
  );
  return lines.find((line) => line !== "") ?? "no task has an error";
}

/** Removes secrets and configs that no service uses, nor its rollback. */
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

export const NOT_DEPLOYED = "nothing is deployed here: make deploy RUNTIME=swarm";

export function status(): void {
  const cluster = nodes();
  const { name: stack } = stackModel();
  const found = services(stack);
  if (found.size === 0) throw new UserError(NOT_DEPLOYED);
  const tasks = mustRun([
    ...["docker", "stack", "ps", "--filter", "desired-state=running"],
    ...["--format", "{{.Name}} {{.Node}} {{.CurrentState}}", stack],
  ]).split("\n");
  const row = (cells: string[]) =>
    console.log(
      cells
        .map((cell) => cell.padEnd(18))
        .join("")
        .trimEnd(),
    );
  const hosts = cluster.map(({ Description, Status }) => [Description.Hostname, Status.State] as const);
  row([
    "",
    "tasks",
    ...hosts.map(([host, state]) => (state === "ready" ? host : `${host} (${state})`)),
    "update",
  ]);
  for (const [name, { ServiceStatus, UpdateStatus }] of [...found].sort(([a], [b]) => a.localeCompare(b))) {
    const on = (host: string) =>
      tasks.filter((line) => line.startsWith(`${stack}_${name}.`) && line.includes(` ${host} Running`))
        .length;
    const { RunningTasks, DesiredTasks } = ServiceStatus;
    row([
      name,
      `${RunningTasks}/${DesiredTasks}`,
      ...hosts.map(([host]) => String(on(host) || "-")),
      UpdateStatus?.State?.replace("_", " ") ?? "",
    ]);
  }
  for (const worker of workers()) {
    const problem = secretProblem(worker);
    const runs = (found.get(worker.name)?.ServiceStatus.RunningTasks ?? 0) > 0;
    if (problem) console.log(`${worker.name}: ${leftOut(runs, problem)}`);
  }
}
