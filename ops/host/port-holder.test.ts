import { expect, test } from "bun:test";
import { holders, portTaken, refusedPort } from "./port-holder.ts";

test("the program that listens on a port is named, with its pid", () => {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  const [holder] = holders(port);
  expect(holder?.pid).toBe(process.pid);
  expect(portTaken(port, "HTTPS_PORT")).toBe(
    `port ${port} is in use by ${holder?.program} (pid ${process.pid}); stop it or set HTTPS_PORT in .env`,
  );
  server.stop(true);
  expect(holders(port)).toEqual([]);
  expect(portTaken(port, "HTTPS_PORT")).toStartWith(`port ${port} is in use by another program; `);
});

test.each([
  ["port 8100 on 127.0.0.1 is taken by another program; set PORT", 8100],
  ["12:00:00 [emerg] 1#1: bind() to 127.0.0.1:8443 failed (98: Address already in use)", 8443],
  ['err="listen tcp 127.0.0.1:9090: bind: address already in use"', 9090],
  ["Bind for 127.0.0.1:443 failed: port is already allocated", 443],
  ["no table", undefined],
  ["connect to 127.0.0.1:5432 failed", undefined],
])("the refused port of %s", (reason, port) => expect(refusedPort(reason)).toBe(port as number));
