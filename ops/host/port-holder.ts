// The program that listens on a TCP port of this machine, read from /proc.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTEN = "0A"; // proc_pid_net(5): the state of a listening socket

/** Processes and their files vanish while they are read. */
function attempt<T>(get: () => T, otherwise: T): T {
  try {
    return get();
  } catch {
    return otherwise;
  }
}

const read = (path: string) => attempt(() => readFileSync(path, "utf8"), "");
const list = (path: string) => attempt(() => readdirSync(path), []);
const link = (path: string) => attempt(() => readlinkSync(path), "");

/** The inodes of the sockets that listen on a port, on any address. */
function sockets(port: number): Set<string> {
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => read(file).split("\n"));
  const columns = rows.map((row) => row.trim().split(/\s+/));
  const ours = columns.filter(
    ([, local = "", , state]) => state === LISTEN && Number.parseInt(local.split(":")[1] ?? "", 16) === port,
  );
  return new Set(ours.flatMap((row) => row[9] ?? []));
}

/** The inodes of a process's open sockets; none of a process of another user. */
function openSockets(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  const links = list(folder).map((fd) => link(`${folder}/${fd}`));
  return links.map((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? "");
}

export interface Holder {
  pid: number;
  program: string;
}

/** The processes that listen on a port; none where the port is free, or where they belong to another user. */
export function holders(port: number): Holder[] {
  const wanted = sockets(port);
  if (wanted.size === 0) return [];
  const pids = list("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => openSockets(pid).some((inode) => wanted.has(inode)))
    .map((pid) => ({ pid: Number(pid), program: read(`/proc/${pid}/comm`).trim() }));
}

/** The error for a port in use: the program if it is known, and the variable to change. */
export function portTaken(port: number, variable: string, found = holders(port)): string {
  const [holder] = found;
  const by = holder ? `${holder.program} (pid ${holder.pid})` : "another program";
  return `port ${port} is in use by ${by}; stop it or set ${variable} in .env`;
}

/** The port that a program could not listen on, read from its error. */
export function refusedPort(reason: string): number | undefined {
  if (!/taken by another program|address already in use|EADDRINUSE|port is already allocated/i.test(reason))
    return undefined;
  const [, port] = /(?:\bport |[\d.]{7,}:|[\]*]:)(\d{1,5})\b/.exec(reason) ?? [];
  return port === undefined ? undefined : Number(port);
}
