import { expect, test } from "bun:test";
import { needsRoot } from "./ports.ts";

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
