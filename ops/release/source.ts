// Where a version comes from: the commit of the sources, and who runs the command. Never a reason to fail.
import { run } from "../host/run.ts";
import { ROOT } from "../settings/project.ts";

export interface Source {
  /** 40 hex digits; empty without a repository, without a commit, and where git refuses another user's folder. */
  commit: string;
  dirty: boolean;
  user: string;
}

/** Bun's userInfo() reads the environment, which a service or a container may lack. */
const user = () => process.env["SUDO_USER"] || run(["id", "-un"]).stdout || String(process.getuid?.() ?? "");

/** @param root a folder of the repository; its other folders do not count as changed. */
export function source(root = ROOT): Source {
  const none = { commit: "", dirty: false, user: user() };
  if (!Bun.which("git")) return none;
  // In a hook of git, GIT_DIR and others name the repository that runs it.
  const inherited = Object.keys(process.env).filter((name) => name.startsWith("GIT_"));
  const env = { ...Object.fromEntries(inherited.map((name) => [name, undefined])), GIT_OPTIONAL_LOCKS: "0" };
  const git = (...args: string[]) => run(["git", "-C", root, ...args], { timeoutMs: 10_000, env });
  // A project that is unpacked, untracked, in the folder of another repository has none.
  if (git("ls-tree", "HEAD", "compose.yaml").stdout === "") return none;
  const { stdout: commit } = git("rev-parse", "HEAD");
  if (!/^[0-9a-f]{40}$/.test(commit)) return none;
  return { ...none, commit, dirty: git("status", "--porcelain", "--", ".").stdout !== "" };
}
