export interface Image {
  name: string;
  size: string;
}

/** The sizes of this project's images; none where no engine answers or nothing was built. */
export function imageSizes(): Image[] {
  if (!Bun.which("docker")) return [];
  const format = "{{.Repository}}:{{.Tag}}\t{{.Size}}";
  const { exitCode, stdout } = Bun.spawnSync([
    "docker",
    "image",
    "ls",
    "--filter",
    "reference=fortress/*",
    "--format",
    format,
  ]);
  if (exitCode !== 0) return [];
  const lines = stdout.toString().split("\n").filter(Boolean);
  return lines.map((line) => ({ name: line.split("\t")[0] ?? "", size: line.split("\t")[1] ?? "" }));
}
