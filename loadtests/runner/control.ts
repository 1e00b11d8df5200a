import { hand } from "./replica.ts";

const NAME = /^[a-z0-9-]+\/[A-Za-z0-9._-]+$/;

/** Listens on loopback for `POST /kill` and `POST /restore` with a replica's name; k6 itself runs no commands. */
export function control() {
  const taken = new Map<string, ReturnType<typeof hand>>();
  const restore = (name: string) => {
    taken.get(name)?.restore();
    taken.delete(name);
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
          const one = hand(name);
          taken.set(name, one);
          one.kill();
        }
        return new Response(name);
      } catch (error) {
        return new Response((error as Error).message, { status: 500 });
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    /** Brings back what a script that broke off left behind. */
    async end(): Promise<void> {
      for (const name of taken.keys()) restore(name);
      await server.stop(true);
    },
  };
}
