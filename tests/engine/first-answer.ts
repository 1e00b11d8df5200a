// bun first-answer.ts IMAGE: starts a container of a worker's image and prints two times in ms: from `docker run` to the
// first 200, and the worker's own from process start to readiness.
const [image = ""] = process.argv.slice(2);

function docker(...args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["docker", ...args]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout.toString().trim();
}

const started = performance.now();
const id = docker(
  "run",
  "--detach",
  "--read-only",
  "--cap-drop=ALL",
  "--memory=192m",
  "--pids-limit=32",
  image,
);
try {
  const address = docker("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", id);
  let first = 0;
  while (first === 0) {
    const answer = await fetch(`http://${address}:8080/readyz`).catch(() => undefined);
    if (answer?.ok) first = performance.now() - started;
    else await Bun.sleep(2);
    if (performance.now() - started > 15_000) throw new Error(`${image} never became ready`);
  }
  const metrics = await (await fetch(`http://${address}:8080/metrics`)).text();
  const boot = Number(/^worker_boot_seconds\S* (\S+)/m.exec(metrics)?.[1]) * 1000;
  console.log(Math.round(first), Math.round(boot));
} finally {
  docker("rm", "--force", id);
}

export {};
