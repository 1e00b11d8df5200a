// A backend of the gateway: the address it connects to, healthy or with a fault.
import { renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Address, Serve } from "../types.ts";
import { unresponsiveSocket } from "./sockets.ts";

export type Presence = "gone" | "refuses" | "full" | "answers";

/** Proxies to the real server at `path`. */
function relay(path: string): Serve {
  return (socket) => {
    const real = connect(path);
    socket.on("data", (data) => real.write(data)).on("close", () => real.destroy());
    real.on("data", (data) => socket.write(data)).on("close", () => socket.end());
    real.on("error", () => socket.destroy());
  };
}

export class Backend {
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;
  #close: () => void = () => undefined;

  /** `healthy` undefined: a real server listens at the path; `intercept` proxies to it. */
  constructor(
    readonly name: string,
    readonly address: Address,
    readonly healthy: Serve = typeof address === "string" ? relay(`${address}.real`) : () => undefined,
  ) {}

  get #path(): string | undefined {
    return typeof this.address === "string" ? this.address : undefined;
  }

  async listen(serve: Serve = this.healthy): Promise<void> {
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
      await Bun.sleep(50); // the port of a server that was just closed
    }
  }

  /** Renames the real server's socket and proxies to it, so that its connections can fail too. */
  async intercept(): Promise<void> {
    if (this.#path) renameSync(this.#path, `${this.#path}.real`);
    await this.listen();
  }

  /** Closes the listener and every connection, as a killed process does. */
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
    // An unbound port refuses connections; a socket's file refuses them while no server listens.
    else if (presence === "full" || (presence === "refuses" && this.#path))
      this.#close = unresponsiveSocket(this.address, presence === "full");
  }

  async restore(): Promise<void> {
    await this.close();
    await this.listen();
  }
}
