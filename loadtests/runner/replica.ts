import { pm2, running } from "../../ops/native/pm2.ts";

/** The hand that load tests lack: takes a replica away and brings it back. */
export interface Hand {
  /** Ends it at once, without a chance to finish, and keeps it from coming back. */
  kill(): void;
  restore(): void;
}

function docker(...args: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["docker", ...args]);
  if (exitCode !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr.toString().trim()}`);
}

/** @param name as in `X-Served-By`: `echo/3` natively, `echo/<container id>` in containers. */
export function hand(name: string): Hand {
  const [worker = "", replica = ""] = name.split("/");
  const process_ = running().find((one) => one.name === `${worker}-${replica}`);
  if (process_) {
    return {
      kill() {
        process.kill(process_.pid, "SIGKILL");
        pm2(["stop", process_.name]); // pm2 has begun to replace it already
      },
      restore: () => void pm2(["start", process_.name]),
    };
  }
  // The restart policy leaves a container alone that was killed by hand.
  return { kill: () => docker("kill", replica), restore: () => docker("start", replica) };
}
