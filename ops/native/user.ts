/** Debian's account for web servers: nginx's workers and ours run as it when the project is started by root. */
export const SERVICE_USER = "www-data";

/** Numeric user and group to drop to; undefined where the project is not started by root. */
export function serviceIds(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid = 0, gid = 0] = ["-u", "-g"].map((flag) =>
    Number(Bun.spawnSync(["id", flag, SERVICE_USER]).stdout.toString().trim()),
  );
  return { uid, gid };
}
