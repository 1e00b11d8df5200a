import { expect, test } from "bun:test";
import { checkPorts, needsRoot } from "./ports.ts";

test("an ordinary user is told the whole command, with every port that only root may have", () => {
  const wanted = [
    { host: "127.0.0.1", port: 443, variable: "HTTPS_PORT" },
    { host: "127.0.0.1", port: 80, variable: "HTTP_PORT" },
    { host: "127.0.0.1", port: 9090, variable: "PROMETHEUS_PORT" },
  ];
  expect(needsRoot(wanted)).toBe(
    "only root may listen on 443 and 80; run as root, or: HTTPS_PORT=8443 HTTP_PORT=8080 make start-project (put them into .env to keep them)",
  );
});

test("a port is refused when another program has it, not when the running project does", async () => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const wanted = [{ host: "127.0.0.1", port: server.port ?? 0, variable: "HTTPS_PORT" }];
  try {
    await expect(checkPorts(wanted)).rejects.toThrow(`port ${server.port} is taken by another program`);
    await checkPorts(wanted, [`127.0.0.1:${server.port}`]);
  } finally {
    await server.stop(true);
  }
});
