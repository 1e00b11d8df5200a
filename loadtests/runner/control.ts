import { pm2, running } from "../../ops/native/pm2.ts";

const NAME = /^[a-z0-9-]+\/[A-Za-z0-9._-]+$/;

interface ReplicaControl {
  /** Sends SIGKILL and prevents a restart. */
  kill(): void;
  restore(): void;
}

function docker(...args: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["docker", ...args]);
  if (exitCode !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr.toString().trim()}`);
}

/** @param name as in `X-Served-By`: `echo/3` natively, `echo/<container id>` in containers. */
function replicaControl(name: string): ReplicaControl {
  const [worker = "", replica = ""] = name.split("/");
  const found = running().find((one) => one.name === `${worker}-${replica}`);
  if (found) {
    return {
      kill() {
        process.kill(found.pid, "SIGKILL");
        pm2(["stop", found.name]); // pm2 already restarts it
      },
      restore: () => void pm2(["start", found.name]),
    };
  }
  // Docker's restart policy does not restart a container after docker kill.
  return { kill: () => docker("kill", replica), restore: () => docker("start", replica) };
}

/** Listens on loopback for `POST /kill` and `POST /restore` with a replica's name: k6 cannot run commands. */
export function startControl() {
  const killed = new Map<string, ReplicaControl>();
  const restore = (name: string) => {
    killed.get(name)?.restore();
    killed.delete(name);
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    async fetch(request) {
      const name = await request.text();
      if (!NAME.test(name)) return new Response("not a replica's name", { status: 400 });
      try {
        if (new URL(request.url).pathname === "/restore") restore(name);
        else {
          const replica = replicaControl(name);
          killed.set(name, replica);
          replica.kill();
        }
        return new Response(name);
      } catch (error) {
        return new Response((error as Error).message, { status: 500 });
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    /** Also restores replicas that an aborted script left killed. */
    async end(): Promise<void> {
      for (const name of killed.keys()) restore(name);
      await server.stop(true);
    },
  };
}
