import { run } from "../run.ts";

const TIMEOUT_MS = 10_000;

/** Why no container can be started on this machine, or undefined. */
export function engineObstacle(): string | undefined {
  if (!Bun.which("docker")) return "there is no docker command";
  const engine = run(["docker", "version", "--format", "{{.Server.Version}}"], { timeoutMs: TIMEOUT_MS });
  if (!engine.ok) return "no Docker engine answers (docker version)";
  const compose = run(["docker", "compose", "version", "--short"], { timeoutMs: TIMEOUT_MS });
  if (!compose.ok || !/^v?([2-9]|\d\d)\./.test(compose.stdout))
    return "Docker Compose v2 is missing (docker compose version)";
  return undefined;
}
