// Opens many idle connections, then sends a normal request; prints the result.
import { connect, type Socket } from "node:net";
import { attack } from "./connection.ts";
import { target, writer } from "./requests.ts";

const COUNT = Number(process.argv[2] ?? 10_000);
const AT_ONCE = 200;
const { post, GOOD } = writer(target);

function idle(): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect({ host: target.host, port: target.port }, () => done(socket));
    socket.on("error", () => done(undefined));
  });
}

const open: Socket[] = [];
while (open.length < COUNT) {
  const some = await Promise.all(Array.from({ length: AT_ONCE }, idle));
  const good = some.filter((socket) => socket !== undefined);
  if (good.length === 0) break;
  open.push(...good);
}
const still = open.filter(({ destroyed }) => !destroyed).length;
const { statuses, milliseconds } = await attack(target, {
  name: "normal",
  send: [post(GOOD)],
  patience: 5000,
});
for (const socket of open) socket.destroy();
console.log(`${still} idle connections, a request meanwhile: ${statuses} in ${milliseconds.toFixed(0)} ms`);
process.exit(still >= COUNT * 0.9 && statuses.join() === "200" ? 0 : 1);
