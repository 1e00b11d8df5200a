// The sockets on which replicas answer the gateway, beside their ports: a request costs less there, and only the gateway and
// the worker itself may connect.
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { httpFailure } from "../host/ready.ts";
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

type Environment = Record<string, string>;

/** Of the declared process, which an earlier version of the project may have started without a socket. */
const environmentOf = (replica: Replica): Environment =>
  known().find(({ name }) => name === processName(replica))?.env ?? {
    PORT: String(replica.port),
    ...socketVariable(replica),
  };

/** Where a process answers the gateway, for nginx. */
export const gatewayAddress = ({ env: { SOCKET, PORT } }: { env: Environment }) =>
  SOCKET ? `unix:${SOCKET}` : `127.0.0.1:${PORT}`;
export const replicaAddress = (replica: Replica) => gatewayAddress({ env: environmentOf(replica) });

/** Why a process is not ready where the gateway asks it; undefined when it is. */
export async function notReady({ env: { SOCKET: unix, PORT } }: { env: Environment }) {
  if (!unix) return httpFailure(`http://127.0.0.1:${PORT}/readyz`);
  const failure = await httpFailure("http://localhost/readyz", (url, options) =>
    fetch(url, { ...options, unix }),
  );
  return failure?.replace("http://localhost", unix);
}
export const replicaNotReady = (replica: Replica) => notReady({ env: environmentOf(replica) });
