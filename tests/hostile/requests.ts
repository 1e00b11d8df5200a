import { readFileSync } from "node:fs";
import { caFile } from "../../ops/host/certificate.ts";
import { basicAuth, gatewayAddress, gatewayName } from "../../ops/host/gateway-client.ts";
import { setting } from "../../ops/settings/project.ts";
import type { Target } from "./types.ts";

/** The running gateway, with valid credentials. */
export const target: Target = {
  host: gatewayAddress(),
  port: Number(setting("HTTPS_PORT")),
  name: gatewayName(),
  ca: readFileSync(caFile(), "utf8"),
  authorization: basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD")),
};

const GOOD = '{"text":"Hello, world"}';

/** Builds raw requests; what is not given is as a valid client sends it. */
export function writer({ name, authorization }: Target) {
  const start = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: ${name}\r\nAuthorization: ${authorization}\r\n`;
  return {
    GOOD,
    /** A complete POST of a JSON body; `extra` are header lines, each with its CRLF. */
    post(body: string | Uint8Array, { path = "/echo", extra = "", type = "application/json" } = {}): Buffer {
      const bytes = Buffer.from(body as string);
      const head = `${start(path)}Content-Type: ${type}\r\n${extra}Content-Length: ${bytes.length}\r\n\r\n`;
      return Buffer.concat([Buffer.from(head, "latin1"), bytes]);
    },
    /** A POST with the given framing headers and raw body. */
    framed(headers: string, body: string, path = "/echo"): string {
      return `${start(path)}Content-Type: application/json\r\n${headers}\r\n${body}`;
    },
    /** Any request line, with a valid Host. */
    line(line: string, headers = ""): string {
      return `${line}\r\nHost: ${name}\r\n${headers}\r\n`;
    },
    chunk: (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`,
  };
}

export type Writer = ReturnType<typeof writer>;
