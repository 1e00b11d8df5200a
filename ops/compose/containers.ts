import { mustRun, run } from "../host/run.ts";

/** Ids of a service's containers, or of all, whatever their state. */
export function containers(service?: string): string[] {
  const found = run(["docker", "compose", "ps", "--all", "--quiet", ...(service ? [service] : [])]);
  return found.stdout.split("\n").filter(Boolean);
}

export function hasContainers(): boolean {
  return containers().length > 0;
}

export interface Container {
  Id: string;
  Name: string;
  Image: string;
  RestartCount: number;
  State: { Status: string; Running: boolean; ExitCode: number };
  Config: { Labels: Record<string, string> };
}

export function inspect(ids: string[]): Container[] {
  if (ids.length === 0) return [];
  return JSON.parse(mustRun(["docker", "inspect", ...ids])) as Container[];
}

/** What a container said last, in one line. */
export function lastWords(id: string): string {
  const { stdout, stderr } = run(["docker", "logs", "--tail", "5", id]);
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? "it said nothing";
}
