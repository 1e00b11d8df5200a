import { expect, test } from "bun:test";
import { checkPorts, needsRoot } from "./ports.ts";

test("without root, the error names every port below 1024 and the command to use instead", () => {
  const wanted = [
    { host: "127.0.0.1", port: 443, variable: "HTTPS_PORT" },
    { host: "127.0.0.1", port: 80, variable: "HTTP_PORT" },
    { host: "127.0.0.1", port: 9090, variable: "PROMETHEUS_PORT" },
  ];
  expect(needsRoot(wanted)).toBe(
    "only root may listen on 443 and 80; run as root, or: HTTPS_PORT=8443 HTTP_PORT=8080 make start-project (or set them in .env)",
  );
});

test("a port in use by another program is refused, one of the running project is not", async () => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const wanted = [{ host: "127.0.0.1", port: server.port ?? 0, variable: "HTTPS_PORT" }];
  try {
    await expect(checkPorts(wanted)).rejects.toThrow(`port ${server.port} is in use by `);
    const held = [`127.0.0.1:${server.port}`];
    await checkPorts(wanted, held);
    await checkPorts(wanted, held, new Set([process.pid]));
    const others = checkPorts(wanted, held, new Set([1]));
    await expect(others).rejects.toThrow(`(pid ${process.pid}); stop it or set HTTPS_PORT in .env`);
  } finally {
    await server.stop(true);
  }
});
