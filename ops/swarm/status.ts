// What should run, what runs, and where.
import { mustRun } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { nodes, stackModel } from "./model.ts";
import { services } from "./services.ts";

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
}
