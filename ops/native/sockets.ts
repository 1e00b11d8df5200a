// The sockets on which replicas answer the gateway, beside their ports: a request costs less there, and only the gateway and
// the worker itself may connect.
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { account, workerPart } from "./accounts.ts";
import { RUN_DIR } from "./paths.ts";
import { known } from "./reconcile.ts";
import { processName, type Replica } from "./replicas.ts";

const FOLDER = join(RUN_DIR, "sockets");
/** Bytes of a socket's path (sockaddr_un). */
const MOST = 107;

const path = (replica: Replica) => join(FOLDER, replica.worker.name, `${replica.index}.sock`);

/** The variable with a replica's socket; none where the path would be too long. */
export function socketVariable(replica: Replica): Record<string, string> {
  const [socket, name] = [path(replica), replica.worker.name];
  if (Buffer.byteLength(socket) > MOST) return {};
  const [owner, gateway] = [account(workerPart(name)), account("gateway")];
  mkdirSync(FOLDER, { recursive: true, mode: 0o711 });
  const own = join(FOLDER, name);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  if (owner && gateway) {
    chownSync(own, owner.uid, gateway.gid);
    chmodSync(own, 0o710);
  }
  return { SOCKET: socket };
}

const address = ({ SOCKET, PORT }: Record<string, string>) =>
  SOCKET ? `unix:${SOCKET}` : `127.0.0.1:${PORT}`;

/** Where a declared process answers the gateway. */
export const gatewayAddress = ({ env }: { env: Record<string, string> }) => address(env);

/** The same of a replica that may not be declared yet. One of an earlier version of the project has no socket. */
export function replicaAddress(replica: Replica): string {
  const declared = known().find(({ name }) => name === processName(replica));
  return declared
    ? address(declared.env)
    : address({ PORT: String(replica.port), ...socketVariable(replica) });
}
