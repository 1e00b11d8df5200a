// One end of an inner hop: the address the gateway connects to, with whatever is to be found there.
import { renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Address, Serve } from "../types.ts";
import { deadEnd } from "./sockets.ts";

export type Presence = "gone" | "refuses" | "full" | "answers";

/** Passes bytes on to where the real server waits meanwhile. */
function relay(path: string): Serve {
  return (socket) => {
    const real = connect(path);
    socket.on("data", (data) => real.write(data)).on("close", () => real.destroy());
    real.on("data", (data) => socket.write(data)).on("close", () => socket.end());
    real.on("error", () => socket.destroy());
  };
}

export class Front {
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;
  #close: () => void = () => undefined;

  /** `honest` undefined: a real server listens at the path; `adopt` stands in front of it. */
  constructor(
    readonly name: string,
    readonly address: Address,
    readonly honest: Serve = typeof address === "string" ? relay(`${address}.real`) : () => undefined,
  ) {}

  get #path(): string | undefined {
    return typeof this.address === "string" ? this.address : undefined;
  }

  async listen(serve: Serve = this.honest): Promise<void> {
    const server = createServer((socket) => {
      this.#connections.add(socket);
      socket.on("error", () => undefined).on("close", () => this.#connections.delete(socket));
      serve(socket);
    });
    this.#server = server;
    const at = typeof this.address === "string" ? { path: this.address } : this.address;
    for (let tries = 0; ; tries++) {
      const error = await new Promise<Error | undefined>((done) => {
        server.once("error", done).listen(at, () => done(undefined));
      });
      if (!error) return;
      if (tries === 20) throw error;
      await Bun.sleep(50); // the port of a server that was closed a moment ago
    }
  }

  /** Moves the real server aside and passes everything on, so that its connections can be broken too. */
  async adopt(): Promise<void> {
    if (this.#path) renameSync(this.#path, `${this.#path}.real`);
    await this.listen();
  }

  /** Nothing listens any more, and every connection is gone, as after a process was killed. */
  async close(): Promise<void> {
    this.#close();
    this.#close = () => undefined;
    const closed = new Promise((done) => (this.#server ? this.#server.close(done) : done(undefined)));
    for (const socket of this.#connections) socket.destroy();
    await closed;
    this.#server = undefined;
    if (this.#path) rmSync(this.#path, { force: true });
  }

  async break(presence: Presence, serve: Serve): Promise<void> {
    await this.close();
    if (presence === "answers") await this.listen(serve);
    // A port that refuses is one that nobody bound; a socket's file refuses when its server is gone.
    else if (presence === "full" || (presence === "refuses" && this.#path))
      this.#close = deadEnd(this.address, presence === "full");
  }

  async heal(): Promise<void> {
    await this.close();
    await this.listen();
  }
}
